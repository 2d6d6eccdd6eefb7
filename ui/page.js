// What the page does by itself: quotes on hover, the panel, storage, the keyboard, files.
// All HTML comes from the server; words are set here as text alone. Python and this script meet in
// `bind`, which each gr.HTML calls when it loads, and in the events that it triggers.
(() => {
  "use strict";
  // Conversations kept.
  const MOST = 40;
  const PREFIX = "pincite:";
  const triggers = {};
  const uploads = [];
  const byId = (id) => document.getElementById(id);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const fire = (name, data = {}) => triggers[name]?.(name, data);
  const make = (tag, text = "", attributes = {}) => {
    const node = document.createElement(tag);
    node.textContent = text;
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };

  // -- Storage: a key a conversation, and one for what else is remembered.
  const read = (key, otherwise) => {
    try {
      return JSON.parse(localStorage.getItem(PREFIX + key)) ?? otherwise;
    } catch {
      return otherwise;
    }
  };
  const write = (key, value) => {
    for (;;) {
      try {
        return localStorage.setItem(PREFIX + key, JSON.stringify(value));
      } catch {
        const oldest = kept().filter((one) => `c:${one.id}` !== key).pop();
        // Full even so: this one is not kept.
        if (!oldest) return;
        localStorage.removeItem(`${PREFIX}c:${oldest.id}`);
      }
    }
  };
  const kept = () =>
    Object.keys(localStorage)
      .filter((key) => key.startsWith(`${PREFIX}c:`))
      .map((key) => read(key.slice(PREFIX.length), null))
      .filter((one) => one?.id && one.conversation)
      .sort((a, b) => b.when - a.when);
  const newId = () => Date.now().toString(36) + Math.random().toString(36).slice(2, 8);
  let restoring = "";
  let current = read("current", "") || newId();
  const stored = () => read(`c:${current}`, null);
  const unticked = new Set(read("unticked", []));

  function save({ id, conversation }) {
    const name = read(`c:${id}`, null)?.name;
    if (!conversation.exchanges.length) localStorage.removeItem(`${PREFIX}c:${id}`);
    else write(`c:${id}`, { id, name: name ?? "", when: Date.now(), conversation });
    for (const one of kept().slice(MOST)) localStorage.removeItem(`${PREFIX}c:${one.id}`);
    list();
  }
  function open(id, message) {
    current = id;
    write("current", id);
    closePanel();
    closeMenu();
    list();
    restore("switch");
    if (message) announce(message);
  }
  // Until the server has a conversation back, nothing can be asked in it.
  function restore(event) {
    const nonce = newId();
    byId("pc-ask").inert = true;
    restoring = nonce;
    fire(event, { id: current, conversation: stored()?.conversation ?? null, nonce });
  }
  function restored(nonce) {
    if (nonce !== restoring) return;
    byId("pc-ask").inert = false;
    ready();
  }
  // Type at once; not on a phone, where the keyboard would cover the page.
  function ready() {
    if (document.activeElement === document.body && !isNarrow()) byId("pc-ask").querySelector("textarea").focus();
  }
  const nameOf = (one) => one?.name || one?.conversation.exchanges[0]?.question || "New conversation";

  function list() {
    const box = byId("pc-conversations");
    if (!box) return;
    box.replaceChildren(
      ...kept().map((one) => {
        const row = make("li");
        const button = make("button", nameOf(one), { type: "button", "data-do": "switch", "data-id": one.id });
        if (one.id === current) button.setAttribute("aria-current", "true");
        row.append(button);
        return row;
      }),
    );
    byId("pc-name").textContent = nameOf(stored());
    for (const button of all("#pc-toolbar [data-needs]")) button.disabled = !stored();
  }

  // -- What a screen reader hears of an answer that streams in.
  let heard = { key: "", sentences: 0, status: "" };
  function announce(text) {
    const log = byId("pc-live");
    if (!log) return;
    log.append(make("p", text));
    while (log.childElementCount > 30) log.firstElementChild.remove();
  }
  const words = (node) => {
    const copy = node.cloneNode(true);
    for (const chip of all(".pc-chip", copy)) chip.replaceWith(` (source ${chip.textContent})`);
    return copy.textContent.trim();
  };
  function hear() {
    const last = all(".pc-exchange").pop();
    if (!last) return;
    const busy = last.hasAttribute("aria-busy");
    const key = `${last.id} ${last.dataset.question}`;
    const sentences = all(".pc-sentence", last);
    if (key !== heard.key || sentences.length < heard.sentences) {
      // An answer that was there already, after a reload, is not read out.
      heard = { key, sentences: busy ? 0 : sentences.length, status: "" };
    }
    for (const sentence of sentences.slice(heard.sentences)) announce(words(sentence));
    const status = last.querySelector(".pc-status, .pc-stopped, .pc-unsaid")?.textContent ?? "";
    if (status && status !== heard.status) announce(status);
    heard = { key, sentences: sentences.length, status };
  }

  // -- The conversation.
  let shown = 0;
  function drawn() {
    const chat = byId("pc-chat");
    const exchanges = all(".pc-exchange", chat);
    if (exchanges.length > shown) exchanges.pop().scrollIntoView({ block: "start", behavior: "instant" });
    else if (chat.scrollHeight - chat.scrollTop - chat.clientHeight < 160) chat.scrollTop = chat.scrollHeight;
    shown = all(".pc-exchange", chat).length;
    hideTip();
    hear();
    mark();
  }
  const exchangeOf = (node) => node.closest(".pc-exchange");
  const asked = () => ({ documents: ticked(), id: current });
  function again(at, question) {
    if (document.querySelector(".pc-exchange[aria-busy]")) return toast("Wait for the answer, or stop it");
    const go = () => {
      for (const form of all(".pc-editing")) unedit(form);
      if (at !== null && wanted?.at >= at) closePanel();
      fire("again", { at, question, ...asked() });
    };
    if (at === null || at === all(".pc-exchange").length - 1) go();
    else ask("The questions after this one will be replaced.", "Ask again", go);
  }

  function edit(button) {
    const asked = button.closest(".pc-asked");
    const exchange = exchangeOf(button);
    const form = make("form", "", { class: "pc-editing" });
    const area = make("textarea", "", { rows: 2, maxlength: 2000, "aria-label": "Your question, edited" });
    area.value = exchange.dataset.question;
    form.append(
      area,
      make("button", "Ask again", { type: "submit", class: "pc-button pc-primary" }),
      make("button", "Cancel", { type: "button", class: "pc-button", "data-do": "unedit" }),
    );
    asked.classList.add("pc-hidden-children");
    asked.after(form);
    area.focus();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const question = area.value.trim();
      if (question) again(Number(exchange.dataset.at), question);
    });
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
  }
  function unedit(form) {
    const asked = form.previousElementSibling;
    asked.classList.remove("pc-hidden-children");
    form.remove();
    asked.querySelector("[data-do=edit]")?.focus();
  }

  async function copy(button) {
    const text = exchangeOf(button).dataset.markdown;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without a secure address there is no clipboard; this old way still works.
      const area = make("textarea", "", { class: "pc-hidden" });
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    toast("Copied with its sources");
    button.focus();
  }
  let fading = 0;
  function toast(text) {
    const box = byId("pc-toast");
    box.textContent = text;
    box.classList.add("pc-shown");
    clearTimeout(fading);
    fading = setTimeout(() => box.classList.remove("pc-shown"), 2500);
  }

  function exportAll() {
    const title = nameOf(stored()).replace(/\s+/g, " ");
    const parts = all(".pc-exchange")
      .filter((one) => one.dataset.markdown)
      .map((one) => `## ${one.dataset.heading}\n\n${one.dataset.markdown}\n`);
    const text = `# ${title.replace(/([\\`*_[\]<>#|~])/g, "\\$1")}\n\n${parts.join("\n")}`;
    const link = make("a", "", {
      href: URL.createObjectURL(new Blob([text], { type: "text/markdown" })),
      download: `${title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60) || "conversation"}.md`,
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function rename() {
    const one = stored();
    if (!one) return;
    ask("Name of this conversation", "Rename", (name) => {
      write(`c:${current}`, { ...one, name: name.trim().slice(0, 120) });
      list();
    }, nameOf(one));
  }

  // -- A question to the reader: a dialog with its own keyboard, of the browser.
  function ask(text, action, then, value = null) {
    const box = make("dialog", "", { class: "pc-dialog", "aria-labelledby": "pc-dialog-title" });
    const form = make("form", "", { method: "dialog" });
    form.append(make("p", text, { id: "pc-dialog-title" }));
    const field = value === null ? null : make("input", "", { "aria-labelledby": "pc-dialog-title", maxlength: 120 });
    if (field) {
      field.value = value;
      form.append(field);
    }
    const row = make("div", "", { class: "pc-row" });
    const cancel = make("button", "Cancel", { type: "button", class: "pc-button" });
    cancel.addEventListener("click", () => box.close());
    row.append(cancel, make("button", action, { class: "pc-button pc-primary", value: "yes" }));
    form.append(row);
    box.append(form);
    const before = document.activeElement;
    box.addEventListener("close", () => {
      box.remove();
      before?.focus?.();
      if (box.returnValue === "yes") then(field?.value ?? "");
    });
    document.body.append(box);
    box.showModal();
    field?.select();
  }

  // -- The panel beside the conversation.
  let opener = "";
  let wanted = null;
  const isOpen = () => document.body.dataset.panel === "open";
  const isNarrow = () => matchMedia("(max-width: 900px)").matches;
  function openPanel(kind, data, from) {
    if (from.id) opener = from.id;
    else opener = (from.id = `pc-o${newId()}`);
    wanted = { kind, ...data };
    document.body.dataset.panel = "open";
    settle();
    look();
  }
  // Asked anew each time, under a new key: an answer may have come in the place of another.
  function look(more) {
    following = false;
    fire(wanted.kind === "found" ? "how" : "open", { ...wanted, ...more, key: newId() });
    mark();
  }
  function reveal() {
    const found = document.querySelector("#pc-panel .pc-panel");
    if (!found || !isOpen()) return;
    const [first] = all("mark:not(.pc-other)", found);
    if (first) first.scrollIntoView({ block: "center" });
    else found.querySelector(".pc-scroll")?.scrollTo(0, 0);
    if (!following) byId("pc-panel-title").focus({ preventScroll: true });
    mark();
  }
  // The panel shows what supports the answer in view, also when one scrolls back.
  let following = false;
  function follow() {
    if (wanted?.kind !== "source" || isNarrow()) return;
    const { top, bottom } = byId("pc-chat").getBoundingClientRect();
    const inView = (one) => {
      const box = one?.getBoundingClientRect();
      return box?.bottom > top + 60 && box.top < bottom - 60;
    };
    if (inView(byId(`pc-x${wanted.at}`))) return;
    const chip = all(".pc-exchange .pc-chip").find((one) => inView(exchangeOf(one)));
    if (!chip) return;
    opener = chip.id;
    wanted = { kind: "source", at: at(chip), marker: Number(chip.dataset.marker) };
    look();
    following = true;
  }
  function closePanel() {
    if (!isOpen()) return;
    delete document.body.dataset.panel;
    settle();
    wanted = null;
    mark();
    byId(opener)?.focus();
  }
  // What is covered by the panel or the menu cannot be reached with the keyboard.
  function settle() {
    const menu = document.body.dataset.menu === "open";
    for (const [id, covered] of [
      ["pc-middle", isNarrow() && (isOpen() || menu)],
      ["pc-left", isNarrow() && !menu],
      ["pc-panel", !isOpen()],
    ]) {
      const box = byId(id);
      if (box) box.inert = covered;
    }
    for (const button of all("[data-do=menu]")) button.setAttribute("aria-expanded", String(menu));
  }
  function mark() {
    for (const button of all(".pc-exchange [aria-current]")) button.removeAttribute("aria-current");
    if (!isOpen() || !wanted || wanted.kind !== "source") return;
    for (const button of all(`#pc-x${wanted.at} .pc-chip[data-marker="${wanted.marker}"]`))
      button.setAttribute("aria-current", "true");
  }
  function closeMenu() {
    if (document.body.dataset.menu !== "open") return;
    delete document.body.dataset.menu;
    settle();
    document.querySelector("#pc-top [data-do=menu]")?.focus();
  }

  // -- The quote of a marker, on hover and focus.
  let tipped = null;
  let leaving = 0;
  function showTip(chip) {
    clearTimeout(leaving);
    if (tipped === chip) return;
    hideTip();
    if (!chip.dataset.quote) return;
    const tip = byId("pc-tip");
    tip.replaceChildren(make("strong", chip.dataset.where), make("span", `“${short(chip.dataset.quote)}”`));
    tip.hidden = false;
    tipped = chip;
    chip.setAttribute("aria-describedby", "pc-tip");
    const at = chip.getBoundingClientRect();
    const size = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left + at.width / 2 - size.width / 2), innerWidth - size.width - 8);
    const above = at.top - size.height - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 8 ? above : at.bottom + 8}px`;
  }
  function hideTip() {
    if (!tipped) return;
    tipped.removeAttribute("aria-describedby");
    tipped = null;
    byId("pc-tip").hidden = true;
  }
  const short = (text) => (text.length > 420 ? `${text.slice(0, 420).replace(/\s\S*$/, "")} …` : text);
  document.addEventListener("pointerover", (event) => {
    const chip = event.target.closest?.(".pc-chip[data-quote]");
    if (chip && event.pointerType !== "touch") showTip(chip);
    else if (event.target.closest?.("#pc-tip")) clearTimeout(leaving);
    else if (tipped && document.activeElement !== tipped) {
      clearTimeout(leaving);
      leaving = setTimeout(hideTip, 150);
    }
  });
  document.addEventListener("focusin", (event) => {
    const chip = event.target.closest?.(".pc-chip[data-quote]");
    if (chip && chip.matches(":focus-visible")) showTip(chip);
    else if (!chip) hideTip();
  });
  let scrolling = 0;
  document.addEventListener("scroll", (event) => {
    hideTip();
    if (event.target.id !== "pc-chat") return;
    clearTimeout(scrolling);
    scrolling = setTimeout(follow, 200);
  }, true);

  // -- Documents: which are asked, and files on their way.
  const boxes = () => all("#pc-library input[data-document]");
  function ticked() {
    const known = boxes();
    return known.every((box) => box.checked)
      ? null
      : known.filter((box) => box.checked).map((box) => box.dataset.document);
  }
  function tick() {
    for (const box of boxes()) box.checked = !unticked.has(box.dataset.document);
    suggest();
  }
  // What only an unticked document answers is not suggested.
  function suggest() {
    for (const one of all(".pc-suggestion")) one.parentNode.hidden = unticked.has(one.dataset.document);
  }
  let settled = [];
  function tell() {
    const over = all("#pc-uploads [data-over]").map((row) => row.dataset.over);
    over.filter((one) => !settled.includes(one)).forEach(announce);
    settled = over;
  }
  let upload = null;
  async function send(files) {
    const input = document.querySelector("#pc-library input[type=file]");
    if (!input || !files.length) return;
    const limit = Number(input.dataset.limit);
    const known = input.accept.split(",");
    const rows = byId("pc-sending");
    for (const row of all(".pc-failed", rows)) row.remove();
    for (const file of files) {
      const row = make("li", "", { class: "pc-upload" });
      const state = make("span", "Sending", { class: "pc-soft" });
      row.append(make("span", file.name, { class: "pc-file" }), state);
      rows.append(row);
      const refuse = (why) => {
        row.classList.add("pc-failed");
        state.textContent = "Not added";
        row.append(make("span", why, { class: "pc-detail" }));
      };
      const suffix = (/\.[^.]+$/.exec(file.name)?.[0] ?? "").toLowerCase();
      if (!known.includes(suffix)) {
        refuse(`This kind of file cannot be read; the ones that can are ${known.join(" ")}.`);
        continue;
      }
      if (file.size > limit) {
        refuse(`It has ${(file.size / 1e6).toFixed(1)} MB, and the most is ${limit / 1e6} MB: split it.`);
        continue;
      }
      try {
        const { path } = await upload(file);
        uploads.push({ path, orig_name: file.name, size: file.size, meta: { _type: "gradio.FileData" } });
        row.remove();
      } catch {
        refuse("The server did not take it: it may be too large, or the server is gone.");
      }
    }
    input.value = "";
    if (uploads.length) fire("bring");
  }
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  let inside = 0;
  addEventListener("dragenter", (event) => {
    if (!carries(event)) return;
    inside += 1;
    document.body.classList.add("pc-dragging");
  });
  addEventListener("dragleave", (event) => {
    if (carries(event) && --inside <= 0) document.body.classList.remove("pc-dragging");
  });
  addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    inside = 0;
    document.body.classList.remove("pc-dragging");
    send([...event.dataTransfer.files]);
  });
  document.addEventListener("change", (event) => {
    const target = event.target;
    if (target.matches("#pc-library input[type=file]")) send([...target.files]);
    if (target.matches("#pc-library input[data-document]")) {
      unticked[target.checked ? "delete" : "add"](target.dataset.document);
      write("unticked", [...unticked]);
      suggest();
    }
  });

  // -- What buttons do.
  const at = (button) => Number(exchangeOf(button).dataset.at);
  const judge = (button, verdict) => fire("judge", { at: at(button), verdict, note: "" });
  const actions = {
    ask: (button) => again(null, button.dataset.question),
    cancel: closePanel,
    clear: () =>
      ask("Delete this conversation? It is kept nowhere else.", "Delete", () => {
        localStorage.removeItem(`${PREFIX}c:${current}`);
        open(newId(), "Conversation deleted");
      }),
    close: closePanel,
    copy,
    down: (button) => judge(button, "down"),
    edit,
    export: exportAll,
    how: (button) => openPanel("found", { at: at(button) }, button),
    menu: () => {
      if (document.body.dataset.menu === "open") return closeMenu();
      document.body.dataset.menu = "open";
      settle();
      byId("pc-left").querySelector("button, input")?.focus();
    },
    more: (button) => look({ spread: Number(button.dataset.spread) }),
    new: () => open(newId()),
    open: (button) => {
      const { marker, passage } = button.dataset;
      const where = marker ? { marker: Number(marker) } : { passage: Number(passage) };
      hideTip();
      openPanel("source", { at: at(button), ...where }, button);
    },
    remove: (button) =>
      ask(`Remove “${button.dataset.title}”? It can no longer be asked.`, "Remove", () =>
        fire("discard", { document: button.dataset.document }),
      ),
    rename,
    retry: (button) => again(at(button), exchangeOf(button).dataset.question),
    start: () => fire("measure"),
    switch: (button) => open(button.dataset.id),
    tab: (button) => show(button.dataset.tab),
    theme: () => {
      const dark = !document.body.classList.contains("dark");
      write("theme", dark ? "dark" : "light");
      theme();
    },
    turn: (button) => {
      wanted = { ...wanted, marker: Number(button.dataset.marker), passage: undefined };
      look();
    },
    unedit: (button) => unedit(button.form),
    up: (button) => judge(button, "up"),
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[data-do]");
    if (button) actions[button.dataset.do]?.(button);
    else if (event.target.id === "pc-shade") closeMenu();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.do !== "note") return;
    event.preventDefault();
    const note = form.querySelector("textarea").value.trim();
    const pressed = exchangeOf(form).querySelector("[aria-pressed=true]");
    fire("judge", { at: at(form), verdict: pressed.dataset.do, note });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
      const form = event.target.closest?.(".pc-editing");
      if (form) unedit(form);
      else if (tipped) hideTip();
      else if (document.body.dataset.menu === "open") closeMenu();
      else closePanel();
    }
    const tab = event.target.closest?.("[role=tab]");
    if (tab && ["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) {
      const other = all("[role=tab]").find((one) => one !== tab);
      other.focus();
      show(other.dataset.tab);
    }
  });

  // -- Tabs and colours.
  function show(tab) {
    for (const one of all("[role=tab]")) {
      const chosen = one.dataset.tab === tab;
      one.setAttribute("aria-selected", String(chosen));
      one.tabIndex = chosen ? 0 : -1;
    }
    document.body.dataset.tab = tab;
    if (tab === "evaluation") fire("look");
  }
  function theme() {
    const chosen = read("theme", "");
    const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    document.body.classList.toggle("dark", dark);
    for (const button of all("[data-do=theme]")) button.setAttribute("aria-pressed", String(dark));
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTimeout(theme));
  matchMedia("(max-width: 900px)").addEventListener("change", settle);

  const after = {
    chat: drawn,
    library: tick,
    suggested: suggest,
    uploads: tell,
    panel: reveal,
    keeper: (value) => (value?.restored ? restored(value.restored) : value && save(value)),
  };
  window.pincite = {
    bind(name, names, { trigger, watch, props, upload: sender }) {
      for (const one of names) triggers[one] = trigger;
      if (name === "library") upload = sender;
      watch("value", () => after[name]?.(props.value));
      if (name === "library") tick();
    },
    start() {
      document.documentElement.lang = "en";
      // After the framework's own, which came later.
      document.head.append(byId("pc-style"));
      document.body.dataset.tab = "chat";
      theme();
      settle();
      for (const tab of all("[role=tab]")) {
        const box = byId(tab.getAttribute("aria-controls"));
        box.role = "tabpanel";
        box.setAttribute("aria-labelledby", tab.id);
      }
      list();
      write("current", current);
      if (stored()) restore("restore");
      else ready();
    },
    asked,
    uploaded: () => uploads.splice(0),
  };
})();
