import { createApp } from "vue";

import App from "./App.vue";
import "./style.css";
import "./wide.css";

createApp(App).mount("#app");
