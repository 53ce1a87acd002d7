import "./ui/locale.ts";
import { mount } from "svelte";
import { Client } from "./api/client.ts";
import App from "./App.svelte";
import { defaultPreferences } from "./preferences.svelte.ts";
import { languageOf, speak } from "./texts/index.ts";
import "./styles/tokens.css";
import "./styles/base.css";

// Before anything is drawn, so that it is drawn once, in the right theme and language. Without an answer the defaults hold, and the
// window says that the connection is lost.
const preferences = await new Client().preferences().catch((error: unknown) => {
  console.warn("The settings cannot be read; the defaults are used.", error);
  return defaultPreferences;
});
speak(languageOf(preferences.language, navigator.languages));
mount(App, { target: document.getElementById("app")!, props: { preferences } });
