/** The page's words in English, a file a page. Write @ { } | as {'@'}. */
import type { Words } from "..";

import audit from "./audit";
import board from "./board";
import calls from "./calls";
import conversations from "./conversations";
import duty from "./duty";
import incidents from "./incidents";
import knowledge from "./knowledge";
import lexicon from "./lexicon";
import notices from "./notices";
import parcels from "./parcels";
import reports from "./reports";
import settings from "./settings";
import shared from "./shared";
import team from "./team";
import tickets from "./tickets";

const words: Words = { ...shared, conversations, tickets, incidents, board, calls, notices, parcels, duty, reports, team, knowledge, lexicon, settings, audit };

export default words;
