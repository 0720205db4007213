/** The page that explains the certificate to whoever has not come in yet. */

import { by } from "./dom.js";
import { showInstructions } from "./help.js";
import { nameBox, offerLanguages, pickLanguage } from "./language.js";

pickLanguage();
offerLanguages(by("language"));
nameBox(document.body.dataset.box);
showInstructions();
document.addEventListener("language", showInstructions);
