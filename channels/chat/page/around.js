// What lies around the page: the keyboard of a phone over it, other tabs before it.
import { t } from "/chat/words.js";

// Where the keyboard of a phone covers the page instead of making it smaller, the page makes itself smaller.
function room() {
  const { height, scale } = visualViewport;
  const covered = scale < 1.1 && innerHeight - height > 80;
  document.documentElement.classList.toggle("covered", covered);
  document.documentElement.style.setProperty("--room", `${height}px`);
  if (covered) scrollTo(0, 0);
}
window.visualViewport?.addEventListener("resize", room);

// In another tab: how many answers wait here, in the title.
let answers = 0;
export function unread(frame) {
  answers = document.hidden ? answers + (frame?.who === "counselor" ? 1 : 0) : 0;
  document.title = (answers ? `(${answers}) ` : "") + t("title");
}
