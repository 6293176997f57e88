"use strict";
// Everything shown is set as text, never as markup: log lines and span names come from anywhere.
const main = document.getElementById("main");
const beat = document.getElementById("beat");
const svgSpace = "http://www.w3.org/2000/svg";
const palette = ["#4f83e0", "#2fa37c", "#d08a2e", "#a566c9", "#3a9fbf", "#8a8f3a", "#7c6fd6"];

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {}))
    name.startsWith("on") ? node.addEventListener(name.slice(2), value) : node.setAttribute(name, value);
  node.append(...children.filter(child => child !== null && child !== undefined));
  return node;
}

async function get(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error ?? answer.statusText);
  return answer.json();
}

const ms = value => value >= 1000 ? (value / 1000).toFixed(2) + " s" : value >= 10 ? value.toFixed(0) + " ms" : value.toFixed(2) + " ms";
const time = unixMs => new Date(unixMs).toLocaleTimeString();
const link = (href, text) => el("a", { href }, text);
const colourOf = service => palette[[...service].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) >>> 0, 7) % palette.length];

function stateClass(resource) {
  if (resource.is_up || resource.state === "finished") return "good";
  return ["exited", "failed_to_start"].includes(resource.state) ? "bad" : "wait";
}

function stateText(resource) {
  let text = resource.state.replaceAll("_", " ");
  if (resource.state === "running" && resource.healthy !== null) text += resource.healthy ? ", healthy" : ", not healthy";
  if (resource.exit_code !== null) text += `, code ${resource.exit_code}`;
  return text;
}

async function command(name, verb) {
  const answer = await fetch(`/api/resources/${encodeURIComponent(name)}/${verb}`, { method: "POST" });
  if (!answer.ok) beat.textContent = (await answer.json()).error;
  await show();
}

function resourceRow(resource) {
  const runs = ["running", "starting", "waiting"].includes(resource.state);
  return el("tr", {},
    el("td", {}, link(`#logs/${resource.name}`, resource.name)),
    el("td", { class: "dim" }, resource.type),
    el("td", { class: stateClass(resource) }, stateText(resource), resource.reason ? el("div", { class: "dim" }, resource.reason) : null),
    el("td", { class: "number dim" }, resource.pid ?? ""),
    el("td", {}, ...resource.urls.map(url => url.startsWith("http") ? el("div", {}, el("a", { href: url, rel: "noreferrer" }, url)) : el("div", { class: "dim" }, url))),
    el("td", {}, ...(resource.type === "database" ? [] : (runs ? ["restart", "stop"] : ["start"])
      .map(verb => el("button", { onclick: () => command(resource.name, verb) }, verb)))));
}

async function showResources() {
  const { resources } = await get("/api/resources");
  return [el("h2", {}, "Resources"), el("table", {},
    el("tr", {}, ...["Name", "Type", "State"].map(text => el("th", {}, text)), el("th", { class: "number" }, "Process"), el("th", {}, "URL"), el("th", {})),
    ...resources.map(resourceRow))];
}

let logName, lastLine, logBox;
async function showLogs(name) {
  const fresh = logName !== name || !logBox?.isConnected;
  if (fresh) [logName, lastLine, logBox] = [name, 0, el("pre", { tabindex: "0" })];
  const { lines } = await get(`/api/resources/${encodeURIComponent(name)}/logs?after=${lastLine}`);
  const atEnd = logBox.scrollTop + logBox.clientHeight >= logBox.scrollHeight - 8;
  for (const line of lines) {
    logBox.append(new Date(line.time).toLocaleTimeString() + "  " + line.text + "\n");
    lastLine = line.number;
  }
  if (fresh) queueMicrotask(() => { logBox.scrollTop = logBox.scrollHeight; });
  else if (atEnd) logBox.scrollTop = logBox.scrollHeight;
  return fresh ? [el("h2", {}, link("#resources", "Resources"), ` / ${name}`), logBox] : null;
}

let wanted = "";
let traceRows;
async function showTraces() {
  const { traces } = await get(`/api/traces?limit=200&q=${encodeURIComponent(wanted)}`);
  const rows = traces.map(trace => el("tr", {},
    el("td", { class: "dim" }, time(trace.start_unix_ms)),
    el("td", {}, link(`#trace/${trace.trace_id}`, trace.name)),
    el("td", {}, trace.services.join(", ")),
    el("td", { class: "number" }, trace.span_count),
    el("td", { class: "number" }, ms(trace.duration_ms)),
    el("td", { class: "bad" }, trace.errors ? `${trace.errors} failed` : ""),
    el("td", { class: "dim" }, trace.linked.length ? `${trace.linked.length} linked` : "")));
  if (traceRows?.isConnected) { traceRows.replaceChildren(...rows); return null; }
  traceRows = el("tbody", {}, ...rows);
  const filter = el("input", { placeholder: "service, or part of a span's name", value: wanted, oninput: event => { wanted = event.target.value; show(); } });
  return [el("h2", {}, "Traces"), filter, el("table", {},
    el("thead", {}, el("tr", {}, ...["Start", "First span", "Services"].map(text => el("th", {}, text)), ...["Spans", "Duration"].map(text => el("th", { class: "number" }, text)), el("th", {}), el("th", {}))),
    traceRows)];
}

function bar(span, whole) {
  const svg = document.createElementNS(svgSpace, "svg");
  const box = document.createElementNS(svgSpace, "rect");
  const left = 100 * span.offset_ms / whole, width = Math.max(0.4, 100 * span.duration_ms / whole);
  for (const [name, value] of Object.entries({ x: `${Math.min(left, 99.6)}%`, y: 4, width: `${width}%`, height: 10, rx: 2, fill: span.error ? "#d0605e" : colourOf(span.service) }))
    box.setAttribute(name, value);
  svg.append(box);
  return svg;
}

function details(span) {
  const facts = [["span", span.span_id], ["service", span.service], ["scope", span.scope], ["kind", span.kind]];
  if (span.error) facts.push(["error", span.error]);
  facts.push(...Object.entries(span.attributes));
  for (const event of span.events) facts.push([`event ${event.name}`, Object.entries(event.attributes).map(pair => pair.join("=")).join("  ")]);
  const list = el("dl", {}, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
  for (const target of span.links) list.append(el("dt", {}, "link"), el("dd", {}, link(`#trace/${target.trace_id}`, target.trace_id), ` span ${target.span_id}`));
  return el("tr", { class: "open" }, el("td", { colspan: 3 }, list));
}

async function showTrace(id, linked) {
  const tree = await get(`/api/traces/${encodeURIComponent(id)}?linked=${linked}`);
  const whole = Math.max(tree.duration_ms, 0.001);
  const body = el("tbody", {});
  for (const trace of tree.traces) {
    if (tree.traces.length > 1)
      body.append(el("tr", {}, el("th", { colspan: 3 }, trace.trace_id === id ? "This trace" : link(`#trace/${trace.trace_id}`, `Linked trace ${trace.trace_id}`))));
    for (const span of tree.spans.filter(candidate => candidate.trace_id === trace.trace_id)) {
      const name = el("td", {}, span.name, el("span", { class: "service" }, span.service));
      name.style.paddingLeft = `${span.depth * 16}px`;
      if (span.error) name.className = "bad";
      const row = el("tr", { onclick: () => row.classList.toggle("open") ? row.after(details(span)) : row.nextSibling.remove() },
        name, el("td", { class: "number" }, ms(span.duration_ms)), el("td", { class: "lane" }, bar(span, whole)));
      body.append(row);
    }
  }
  const others = tree.traces[0].linked.length;
  return [el("h2", {}, link("#traces", "Traces"), ` / ${tree.traces[0].name}`),
    el("p", { class: "dim" }, `${id} · ${time(tree.start_unix_ms)} · ${ms(tree.duration_ms)} · ${tree.span_count} spans · ${tree.services.join(", ")}`,
      others && !linked ? " · " : null, others && !linked ? link(`#trace/${id}/linked`, `with ${others} linked traces`) : null),
    el("table", { class: "spans" }, body)];
}

let shownHash;
async function show() {
  const hash = location.hash.slice(1) || "resources";
  const [view, id, more] = hash.split("/").map(decodeURIComponent);
  try {
    // A trace is opened once, so that what one has unfolded stays.
    if (view === "trace" && shownHash === hash) return;
    const content = view === "logs" ? await showLogs(id) : view === "traces" ? await showTraces() : view === "trace" ? await showTrace(id, more === "linked") : await showResources();
    if (hash !== (location.hash.slice(1) || "resources")) return;
    if (content) main.replaceChildren(...content);
    shownHash = hash;
    beat.textContent = "";
  } catch (problem) {
    beat.textContent = problem instanceof TypeError ? "the runner does not answer" : problem.message;
  }
  for (const anchor of document.querySelectorAll("nav a")) anchor.className = anchor.hash.slice(1, 6) === view.slice(0, 5) ? "here" : "";
}

addEventListener("hashchange", show);
setInterval(() => { if (!document.hidden) show(); }, 1500);
show();
