// The scores of a rating. A choice that was made stays made.
import { make } from "/chat/view.js";
import { t } from "/chat/words.js";

const $ = (id) => document.getElementById(id);

export function drawScores() {
  const chosen = document.querySelector("#scores input:checked")?.value;
  $("scores").replaceChildren(...[1, 2, 3, 4, 5].map((n) => {
    const label = make("label");
    const input = Object.assign(make("input"), { type: "radio", name: "score", value: String(n), checked: chosen === String(n) });
    const pill = make("span", "pill");
    pill.append(make("b", "", String(n)), " ", make("span", "", t(`rate_${n}`)));
    label.append(input, pill);
    return label;
  }));
}
