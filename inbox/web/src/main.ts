import { createApp } from "vue";

import "element-plus/es/components/base/style/css";
import "./styles/tokens.css";
import "./styles/element.css";
import "./styles/base.css";
import "./styles/fields.css";
import "./theme";

import App from "./App.vue";
import { startTicking } from "./said/times";
import { warm } from "./warm";
import i18n, { speakAsBefore } from "./words";

warm(location.pathname);
startTicking();
await speakAsBefore();
createApp(App).use(i18n).mount("#app");
