// @ts-check
/** Each step can be done by one click, or by hand in the frames below; it is ticked off when the desk has it on record. */

const FRONT_DESK = { username: "xiaozhou", password: "guanjia-demo" };
const TECHNICIAN = "zhang";
const BURST = "厨房水管爆了,水漫出来了";
const SLOW = "修是修好了,就是来得太慢";
const PARCEL = "我的快递到了吗";
const API = "/api/inbox/v1";
const EVERY_MS = 1000;
const OPEN = ["new", "accepted", "in_progress", "waiting_owner", "waiting_parts", "deferred"];

/** @typedef {{ number: string, title: string, state: string, asked: boolean }} Ticket */
/** @typedef {{ now: string, steps: boolean[], ticket: Ticket | null }} Progress */

const phone = /** @type {HTMLIFrameElement} */ (document.querySelector("#phone"));
const inbox = /** @type {HTMLIFrameElement} */ (document.querySelector("#inbox"));
const sides = /** @type {HTMLElement} */ (document.querySelector(".sides"));
const line = /** @type {HTMLElement} */ (document.querySelector(".say"));
const steps = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".steps li")]);
const buttons = steps.map((step) => /** @type {HTMLButtonElement} */ (step.querySelector("button")));
const owner = phone.src.split("#")[0];

/** @type {Progress} */
let seen = { now: "", steps: [false, false, false, false], ticket: null };
let told = -2;
let since = sessionStorage.getItem("tour.since") ?? "";

/** @param {string} text */
function say(text, bad = false) {
  line.textContent = text;
  line.classList.toggle("bad", bad);
}

/** @param {string} side */
function show(side) {
  sides.dataset.shown = side;
  for (const button of document.querySelectorAll(".switch button")) {
    button.setAttribute("aria-pressed", String(button.getAttribute("data-side") === side));
  }
}

/** Put a sentence into the phone's input; the person presses send. @param {string} text */
function fill(text) {
  show("phone");
  phone.src = `${owner}#wang?draft=${encodeURIComponent(text)}`;
  phone.focus();
  say("句子填好了，在手机上点“发送”。");
}

/** @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<any>} */
async function call(method, path, body) {
  const answer = await fetch(API + path, {
    method,
    headers: {
      "X-Requested-With": "guanjia",
      ...(method === "POST" ? { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}` } : {}),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const data = await answer.json();
  if (!answer.ok) throw new Error(data.error?.message ?? `HTTP ${answer.status}`);
  return data;
}

/** Sign in as the front desk, unless somebody is signed in. True: it was needed. */
async function signIn() {
  const known = await fetch(`${API}/me`);
  if (!known.ok) await call("POST", "/login", FRONT_DESK);
  return !known.ok;
}

/** The inbox showing this ticket. @param {string} number */
async function atTheDesk(number) {
  const place = `/inbox/#/tickets/${encodeURIComponent(number)}`;
  const fresh = await signIn();
  inbox.src = place;
  if (fresh) inbox.contentWindow?.location.reload();
}

/** @param {Ticket} ticket @param {string} to @param {string} note */
async function move(ticket, to, note) {
  const now = await call("GET", `/tickets/${ticket.number}`);
  await call("POST", `/tickets/${ticket.number}/transitions`, { to, note, version: now.version });
}

async function accept() {
  const ticket = seen.ticket;
  if (!ticket) return;
  await atTheDesk(ticket.number);
  if (ticket.state === "new") {
    await call("POST", `/tickets/${ticket.number}/assign`, { executor: TECHNICIAN });
    await move(ticket, "accepted", "");
  }
}

async function finish() {
  const ticket = seen.ticket;
  if (!ticket) return;
  if (OPEN.indexOf(ticket.state) < 0) {
    fill(SLOW);
    return;
  }
  await atTheDesk(ticket.number);
  await move(ticket, "resolved", "换了水槽下的软管，试水不漏");
  show("phone");
  say("办结了。几秒后管家会在聊天里问：是不是真的好了？");
}

/** @type {(() => void | Promise<void>)[]} */
const deeds = [() => fill(BURST), accept, finish, () => fill(PARCEL)];

function paint() {
  const next = seen.steps.indexOf(false);
  if (next !== told) {
    told = next;
    steps[next]?.scrollIntoView({ block: "nearest", inline: "center" });
    say(steps[next]?.querySelector(".how")?.textContent ?? "四步都看过了。接着随便聊，或者在收件箱里看看别的工单。");
  }
  steps.forEach((step, at) => {
    const done = seen.steps[at] ?? false;
    step.classList.toggle("done", done);
    step.classList.toggle("next", at === next);
    step.setAttribute("aria-label", done ? "已完成" : at === next ? "下一步" : "");
  });
  const ticket = seen.ticket;
  const repaired = ticket !== null && ticket.state !== "new" && OPEN.indexOf(ticket.state) < 0;
  buttons[1].disabled = !ticket || seen.steps[1];
  buttons[2].disabled = !ticket || !seen.steps[1] || seen.steps[2] || (repaired && !ticket.asked);
  buttons[2].textContent = !repaired ? "张师傅：修好了" : ticket.asked || seen.steps[2] ? "填好一句回答" : "管家马上会问…";
}

async function look() {
  try {
    const answer = await fetch(`/tour/state${since ? `?since=${encodeURIComponent(since)}` : ""}`);
    if (!answer.ok) throw new Error(String(answer.status));
    seen = await answer.json();
    if (!since) {
      since = seen.now;
      sessionStorage.setItem("tour.since", since);
    }
    if (line.classList.contains("bad")) say("");
    paint();
  } catch {
    say("连不上服务器，正在重试…", true);
  }
}

buttons.forEach((button, at) =>
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await deeds[at]();
    } catch (problem) {
      say(problem instanceof Error ? problem.message : "没有成功", true);
    }
    button.disabled = false;
    await look();
  }),
);
for (const button of document.querySelectorAll(".switch button")) {
  button.addEventListener("click", () => show(button.getAttribute("data-side") ?? "phone"));
}
show("phone");
await Promise.all([look(), signIn().catch(() => {})]); // without, the inbox asks for a password itself
inbox.src ||= "/inbox/";
setInterval(look, EVERY_MS);
