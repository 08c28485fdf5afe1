// Photos: picked, shown before they go, uploaded with the token in a header, fetched back the same way.
import { token } from "/chat/keep.js";
import { language, t } from "/chat/words.js";

const BYTES_MAX = 10 * 1024 * 1024;
const TYPES = ["image/jpeg", "image/png", "image/webp"];
const shown = new Map();

export function unfit(file) {
  if (file.type && !TYPES.includes(file.type)) return t("photo_kind"); // some phones name no type: the server looks
  return file.size > BYTES_MAX ? t("photo_large") : "";
}

export async function upload(file) {
  let answer;
  try {
    answer = await fetch("/chat/photos", {
      method: "POST",
      body: file,
      headers: { Authorization: `Bearer ${token.get()}`, "Accept-Language": language, "Content-Type": "application/octet-stream" },
    });
  } catch {
    throw new Error(t("photo_failed"));
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.text || t("photo_failed"));
  return said.photo;
}

export function fetched(photo) {
  if (!shown.has(photo)) {
    const wanted = fetch(`/chat/photos/${encodeURIComponent(photo)}`, { headers: { Authorization: `Bearer ${token.get()}` } })
      .then((answer) => (answer.ok ? answer.blob() : Promise.reject(new Error(String(answer.status)))))
      .then((blob) => URL.createObjectURL(blob));
    wanted.catch(() => shown.delete(photo));
    shown.set(photo, wanted);
  }
  return shown.get(photo);
}
