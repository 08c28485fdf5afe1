// The page's sentences: loaded for one language, put into whatever carries data-t (text), data-label (aria-label) or
// data-hint (placeholder). Times are shown on Seoul's clock.
let words = {};
export let language = "ko";

export async function speak(code) {
  const answer = await fetch(`/chat/words/${encodeURIComponent(code)}.json`);
  if (!answer.ok) throw new Error("no words");
  const loaded = await answer.json();
  words = loaded.words;
  language = loaded.language;
  document.documentElement.lang = language;
  document.title = t("title");
  for (const el of document.querySelectorAll("[data-t]")) el.textContent = t(el.dataset.t);
  for (const el of document.querySelectorAll("[data-label]")) el.setAttribute("aria-label", t(el.dataset.label));
  for (const el of document.querySelectorAll("[data-hint]")) el.placeholder = t(el.dataset.hint);
}

export async function languages() {
  const answer = await fetch("/chat/words/languages.json");
  return answer.ok ? answer.json() : [{ code: "ko", name: "한국어" }];
}

export function t(key, args = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => args[name] ?? "-");
}

const seoul = { timeZone: "Asia/Seoul" };

export function clock(us) {
  return new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit", ...seoul }).format(us / 1000);
}

export function dayKey(us) {
  return new Intl.DateTimeFormat("en-CA", { dateStyle: "short", ...seoul }).format(us / 1000);
}

export function dayName(us, nowUs) {
  if (dayKey(us) === dayKey(nowUs)) return t("today");
  if (dayKey(us) === dayKey(nowUs - 86400e6)) return t("yesterday");
  return new Intl.DateTimeFormat(language, { dateStyle: "long", ...seoul }).format(us / 1000);
}

// When something opens, as one says it: "tomorrow 9:00 am".
export function opening(us, nowUs) {
  const day = { [dayKey(nowUs)]: "today", [dayKey(nowUs + 86400e6)]: "tomorrow" }[dayKey(us)];
  const date = new Intl.DateTimeFormat(language, { month: "long", day: "numeric", weekday: "short", ...seoul });
  return `${day ? t(day) : date.format(us / 1000)} ${clock(us)}`;
}

// A whole date and time, for what is read later and elsewhere.
export function instant(us) {
  return new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", ...seoul }).format(us / 1000);
}
