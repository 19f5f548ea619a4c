import { createApp } from "vue";

import "element-plus/es/components/base/style/css";
import "./styles/tokens.css";
import "./styles/element.css";
import "./styles/base.css";
import "./theme";

import App from "./App.vue";
import i18n, { speakAsBefore } from "./words";

await speakAsBefore();
createApp(App).use(i18n).mount("#app");
