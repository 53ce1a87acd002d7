import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["out/", "node_modules/", "test/output/", "resources/"] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules: {
      "no-undef": "off", // the type checker knows better
      "no-console": ["error", { allow: ["error", "warn"] }],
      eqeqeq: "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-non-null-assertion": "off", // dense array code with noUncheckedIndexedAccess
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  { files: ["src-main/app/**", "scripts/**", "test/**"], rules: { "no-console": "off" } },
  {
    files: ["src-renderer/**"],
    ignores: ["src-renderer/api/**"],
    rules: { "no-restricted-globals": ["error", { name: "fetch", message: "Only src-renderer/api calls fetch." }] },
  },
);
