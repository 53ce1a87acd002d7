/** @file Light, dark, or as the system has it. */

export type ThemeChoice = "system" | "light" | "dark";

export class Theme {
  readonly #choice: () => ThemeChoice;
  #system = window.matchMedia("(prefers-color-scheme: dark)");
  #isSystemDark = $state(this.#system.matches);
  readonly name = $derived.by<"light" | "dark">(() => {
    const choice = this.#choice();
    if (choice !== "system") return choice;
    return this.#isSystemDark ? "dark" : "light";
  });

  constructor(choice: () => ThemeChoice) {
    this.#choice = choice;
  }

  /** Keeps the page in the theme; the returned function stops that. */
  follow(): () => void {
    const onChange = (): void => void (this.#isSystemDark = this.#system.matches);
    this.#system.addEventListener("change", onChange);
    const stop = $effect.root(() => {
      $effect(() => void (document.documentElement.dataset["theme"] = this.name));
    });
    return () => {
      this.#system.removeEventListener("change", onChange);
      stop();
    };
  }
}
