// What this device keeps: the token, the half-written text, and what was sent but is not yet known to be on disk.
// Where there is no storage (private windows), memory stands in and everything but a reload still works.
const memory = new Map();

function read(key) {
  try {
    return localStorage.getItem(key) ?? memory.get(key) ?? null;
  } catch {
    return memory.get(key) ?? null;
  }
}

function write(key, value) {
  memory.set(key, value);
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch { /* memory has it */ }
}

export const token = { get: () => read("dasan.token") ?? "", set: (v) => write("dasan.token", v) };
export const draft = { get: () => read("dasan.draft") ?? "", set: (v) => write("dasan.draft", v || null) };
export const languageKept = { get: () => read("dasan.language") ?? "", set: (v) => write("dasan.language", v) };

// Tabs share this list; each change reads it first, so that one tab never drops what another has added.
export const unsent = {
  all() {
    try {
      const list = JSON.parse(read("dasan.unsent") ?? "[]");
      return Array.isArray(list) ? list.filter((m) => m && typeof m.id === "string" && typeof m.text === "string") : [];
    } catch {
      return [];
    }
  },
  add(message) { write("dasan.unsent", JSON.stringify([...this.all().filter((m) => m.id !== message.id), message])); },
  remove(id) {
    const all = this.all();
    const rest = all.filter((m) => m.id !== id);
    if (rest.length !== all.length) write("dasan.unsent", JSON.stringify(rest));
  },
};

// On a shared computer: nothing of the conversation stays, and nobody can come back to it from here.
export function forget() {
  for (const key of ["dasan.token", "dasan.draft", "dasan.unsent"]) write(key, null);
}

export function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

export function onOtherTabsToken(callback) {
  addEventListener("storage", (event) => { if (event.key === "dasan.token") callback(event.newValue); });
}
