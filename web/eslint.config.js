import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import reactRefresh from "eslint-plugin-react-refresh";
import tseslint from "typescript-eslint";

/** Who may import whom: components → hooks → stores, services → lib. */
const layer = (files, group, message) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns: [{ group, message }] }] },
});

const SDK = [
  "livekit-client",
  "livekit-client/*",
  "@livekit/*",
  "matrix-widget-api",
  "matrix-js-sdk",
];

export default tseslint.config(
  { ignores: ["dist", "coverage"] },
  { files: ["**/*.mjs", "eslint.config.js"], ...js.configs.recommended },
  {
    files: ["**/*.mjs"],
    languageOptions: { globals: { console: "readonly", process: "readonly", URL: "readonly" } },
  },
  {
    files: ["**/*.{ts,tsx}"],
    extends: [
      ...tseslint.configs.strictTypeChecked,
      ...tseslint.configs.stylisticTypeChecked,
      reactHooks.configs.flat["recommended-latest"],
      jsxA11y.flatConfigs.strict,
      reactRefresh.configs.vite,
    ],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "no-console": "error",
      "react-hooks/exhaustive-deps": "error",
      "@typescript-eslint/consistent-type-definitions": ["error", "type"],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      // With verbatimModuleSyntax, `import { type X }` still loads the module.
      "@typescript-eslint/no-import-type-side-effects": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/promise-function-async": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  layer(
    ["src/lib/**"],
    [
      "react",
      "zustand",
      ...SDK,
      "**/services/**",
      "**/stores/**",
      "**/hooks/**",
      "**/components/**",
    ],
    "lib is pure functions",
  ),
  layer(
    ["src/services/**"],
    ["react", "zustand", "**/stores/**", "**/hooks/**", "**/components/**"],
    "services know no React and no store",
  ),
  layer(
    ["src/stores/**"],
    ["react", ...SDK, "**/services/**", "**/hooks/**", "**/components/**"],
    "stores hold plain data",
  ),
  layer(
    ["src/hooks/**"],
    ["livekit-client", "matrix-widget-api", "**/components/**"],
    "hooks draw nothing",
  ),
  layer(
    ["src/components/**"],
    [...SDK, "**/services/**", "**/stores/**"],
    "components talk to hooks",
  ),
  {
    // One file each knows the media SDK and the network.
    files: ["src/services/**"],
    ignores: ["src/services/livekit.ts", "src/services/livekit-*.ts", "src/services/api.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: ["livekit-client"], message: "only services/livekit*.ts" },
            { group: ["matrix-js-sdk"], message: "only services/matrix: others load without it" },
            { group: ["react", "zustand", "**/stores/**", "**/hooks/**", "**/components/**"] },
          ],
        },
      ],
      "no-restricted-globals": ["error", { name: "fetch", message: "only services/api.ts" }],
    },
  },
  layer(
    ["src/services/matrix/**", "src/services/host/standalone.ts"],
    ["livekit-client", "react", "zustand", "**/stores/**", "**/hooks/**", "**/components/**"],
    "services know no React and no store",
  ),
  { files: ["tests/**"], rules: { "@typescript-eslint/no-non-null-assertion": "off" } },
);
