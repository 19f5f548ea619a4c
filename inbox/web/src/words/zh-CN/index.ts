/** 页面上的中文,一页一个文件。@ { } | 要写成 {'@'} 这样。 */
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

export default { ...shared, conversations, tickets, incidents, board, calls, notices, parcels, duty, reports, team, knowledge, lexicon, settings, audit };
