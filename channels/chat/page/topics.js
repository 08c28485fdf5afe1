// The topics to begin with: which are open, when the others open, and what writing to a closed one means.
import { make } from "/chat/view.js";
import { opening, t } from "/chat/words.js";

const $ = (id) => document.getElementById(id);
let topics = [];
let nowUs = () => Date.now() * 1000;

export function setTopics(list, clock) {
  topics = list;
  nowUs = clock;
  drawTopics();
}

export function drawTopics() {
  const { topic: chosen } = choice();
  const any = { ...topics.find((one) => one.usual), code: "", name: t("topic_any"), waiting: 0 };
  $("topics").replaceChildren(...[any, ...topics].map((topic) => {
    const label = make("label");
    const input = Object.assign(make("input"), { type: "radio", name: "topic", value: topic.code, checked: topic.code === chosen, onchange: tell });
    const pill = make("span", topic.open === false ? "pill shut" : "pill", topic.name);
    const note = topic.open === false ? t("closed_topic") : topic.waiting ? t("waiting_n", { n: topic.waiting }) : "";
    if (note) pill.append(" ", make("small", "", note));
    label.append(input, pill);
    return label;
  }));
  tell();
}

// What a start frame says of it: the queue's code, and whether the person knows that it is closed.
export function choice() {
  const topic = document.querySelector("#topics input:checked")?.value ?? "";
  const queue = topics.find((one) => (topic ? one.code === topic : one.usual));
  return { topic, later: queue?.open === false, opens: queue?.opens ?? 0 };
}

function tell() {
  const { later, opens } = choice();
  $("closed").textContent = later ? t(opens ? "closed_until" : "closed_for_now", { when: opens ? opening(opens, nowUs()) : "" }) : "";
  $("begin").textContent = t(later ? "leave_message" : "start");
}
