// The conversation as a text file for the citizen herself: made on her device, sent nowhere.
import { make } from "/chat/view.js";
import { instant, t } from "/chat/words.js";

function speaker(frame) {
  if (frame.who === "citizen") return t("me");
  return frame.who === "counselor" ? frame.name || t("counselor") : t("system");
}

function words(frame) {
  const said = frame.erased ? t("erased") : frame.text;
  return [frame.photo ? `[${t("photo")}]` : "", said].filter(Boolean).join(" ");
}

export function transcript(number, entries, tickets) {
  const said = entries.map((frame) => `[${instant(frame.at)}] ${speaker(frame)}: ${words(frame)}`);
  const cases = tickets.map((one) => [one.number && t("ticket_number", { n: one.number }), one.line, one.answer].filter(Boolean).join("\n"));
  return [`${t("title")} ${number}`, "", ...said, ...cases.flatMap((one) => ["", `${t("ticket")}\n${one}`]), ""].join("\n");
}

export function save(name, text) {
  const link = make("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
