/** @file Light or dark: the system's choice until the person makes one. */

export type ThemeName = "light" | "dark";

const STORAGE_KEY = "aliquot-theme";

export class Theme {
  #system = window.matchMedia("(prefers-color-scheme: dark)");
  #systemName = $state<ThemeName>(this.#system.matches ? "dark" : "light");
  #chosen = $state<ThemeName | null>(storedTheme());
  readonly name = $derived<ThemeName>(this.#chosen ?? this.#systemName);

  /** Keeps the page in the theme; the returned function stops that. */
  follow(): () => void {
    const onChange = (): void => void (this.#systemName = this.#system.matches ? "dark" : "light");
    this.#system.addEventListener("change", onChange);
    const stop = $effect.root(() => {
      $effect(() => void (document.documentElement.dataset["theme"] = this.name));
    });
    return () => {
      this.#system.removeEventListener("change", onChange);
      stop();
    };
  }

  toggle(): void {
    this.#chosen = this.name === "dark" ? "light" : "dark";
    localStorage.setItem(STORAGE_KEY, this.#chosen);
  }
}

function storedTheme(): ThemeName | null {
  const stored = localStorage.getItem(STORAGE_KEY);
  return stored === "light" || stored === "dark" ? stored : null;
}
