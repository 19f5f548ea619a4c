import { createApp } from "vue";

import App from "./App.vue";
import "./style.css";
import "./chat.css";
import "./message.css";
import "./bar.css";
import "./sheets.css";
import "./wide.css";

createApp(App).mount("#app");
