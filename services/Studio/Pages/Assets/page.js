// Reads jobs, events and models through /v1 with the reader's key, which stays in this tab (sessionStorage).
// Everything from the API enters the page as text nodes, never as markup.

import { drawLoss } from '/assets/chart.js';

const KEY = 'fta-key';
const ENDED = new Set(['succeeded', 'failed', 'cancelled']);
const at = id => document.getElementById(id);
let key = sessionStorage.getItem(KEY) ?? '';
let chosen = location.hash.slice(1) || null;
let generation = 0;           // Raised when the key or the chosen job changes: answers to older questions are dropped.
let events = new Map();       // id -> event of the chosen job
let jobs = [];

class Refused extends Error {
  constructor(status, message) { super(message); this.status = status; }
}

async function get(path) {
  const response = await fetch(path, { headers: { Authorization: `Bearer ${key}` }, cache: 'no-store' });
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Refused(response.status, body?.error?.message ?? `${path} answered ${response.status}`);
  return body;
}

function make(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text != null) made.textContent = text;
  return made;
}

function notice(text, isError) {
  at('notice').hidden = !text;
  at('notice').textContent = text ?? '';
  at('notice').classList.toggle('error', Boolean(isError));
}

const when = seconds => seconds ? new Date(seconds * 1000).toLocaleString() : '–';
const clock = seconds => new Date(seconds * 1000).toLocaleTimeString();

function statusOf(job) {
  const known = [...ENDED, 'running', 'queued', 'validating_files', 'paused'];
  return make('span', `status ${known.includes(job.status) ? job.status : ''}`, String(job.status).replaceAll('_', ' '));
}

function showJobs() {
  if (jobs.length === 0) {
    at('jobs').replaceChildren(make('p', 'empty', 'No jobs yet. Upload a training file and POST /v1/fine_tuning/jobs, or run ./run demo.'));
    return;
  }
  at('jobs').replaceChildren(...jobs.map(job => {
    const row = make('button', 'row');
    row.type = 'button';
    row.setAttribute('aria-pressed', job.id === chosen);
    row.append(make('span', 'name', job.id), statusOf(job), make('span', 'sub', `${job.model} · ${when(job.created_at)}`));
    row.addEventListener('click', () => choose(job.id));
    return row;
  }));
}

function showModels(models) {
  const tuned = models.filter(model => model.id.startsWith('ft:')), base = models.filter(model => !model.id.startsWith('ft:'));
  const rows = [...tuned, ...base].map(model => {
    const row = make('div', 'row');
    row.append(make('span', 'name', model.id), make('span', 'status', model.id.startsWith('ft:') ? 'tuned' : 'base'));
    row.append(make('span', 'sub', `${model.owned_by}${model.created ? ` · ${when(model.created)}` : ''}`));
    return row;
  });
  at('models').replaceChildren(...rows.length ? rows : [make('p', 'empty', 'No provider lists a model. Is one configured and running?')]);
}

function showDetail() {
  const job = jobs.find(candidate => candidate.id === chosen);
  at('detail').hidden = !job;
  if (!job) return;
  at('detail-title').textContent = job.id;
  const facts = [['Status', statusOf(job)], ['Base model', job.model], ['Tuned model', job.fine_tuned_model ?? '–'], ['Provider', job.provider ?? '–'],
    ['Created', when(job.created_at)], ['Finished', when(job.finished_at)], ['Trained tokens', job.trained_tokens?.toLocaleString() ?? '–']];
  if (job.status_reason) facts.push(['Waiting because', job.status_reason]);
  at('facts').replaceChildren(...facts.map(([name, value]) => {
    const pair = make('div'), shown = make('dd');
    shown.append(value);
    pair.append(make('dt', '', name), shown);
    return pair;
  }));
  at('job-error').hidden = !job.error?.message;
  at('job-error').textContent = job.error?.message ? `${job.error.code}: ${job.error.message}` : '';
}

function showEvents() {
  // The API lists newest first; so does the page.
  const list = [...events.values()];
  at('events').replaceChildren(...list.slice(0, 200).map(event => {
    const row = make('li'), time = make('time', '', clock(event.created_at));
    row.append(time, make('span', event.level === 'error' ? 'error' : event.level === 'warn' ? 'warn' : '', event.message));
    return row;
  }));
  if (list.length === 0) at('events').append(make('li', 'empty', 'No events yet.'));
  const bySteps = new Map();
  for (const { type, data } of list) {
    if (type !== 'metrics' || !Number.isFinite(data?.step)) continue;
    const point = bySteps.get(data.step) ?? { step: data.step, train: null, valid: null };
    point.train ??= number(data.train_loss);
    point.valid ??= number(data.full_valid_loss) ?? number(data.valid_loss);
    bySteps.set(data.step, point);
  }
  drawLoss(at('chart'), [...bySteps.values()].sort((a, b) => a.step - b.step));
}

const number = value => typeof value === 'number' && Number.isFinite(value) ? value : null;

function choose(id) {
  if (id === chosen) return;
  chosen = id;
  generation++;
  events = new Map();
  history.replaceState(null, '', `#${id}`);
  at('chart').replaceChildren(make('p', 'empty', 'Loading…'));
  at('events').replaceChildren();
  showJobs();
  showDetail();
  void refreshEvents().catch(report);
}

// Pages from the newest event back to the newest one already known.
async function refreshEvents() {
  if (!chosen || !jobs.some(job => job.id === chosen)) return;
  const mine = generation, fresh = [];
  for (let after = ''; ;) {
    const page = await get(`/v1/fine_tuning/jobs/${encodeURIComponent(chosen)}/events?limit=100${after && `&after=${encodeURIComponent(after)}`}`);
    if (mine !== generation) return;
    const unknown = page.data.filter(event => !events.has(event.id));
    fresh.push(...unknown);
    if (!page.has_more || unknown.length < page.data.length || page.data.length === 0) break;
    after = page.data.at(-1).id;
  }
  if (fresh.length > 0 || events.size === 0) {
    events = new Map([...fresh.map(event => [event.id, event]), ...events]);
    showEvents();
  }
}

function report(error) {
  if (error instanceof Refused && error.status === 401) {
    forget();
    notice('This key is not known here. ./run key NAME prints a new one.', true);
  }
  else if (error instanceof Refused)
    notice(error.message, true);
  else if (error instanceof TypeError)
    notice('The front door does not answer. Trying again…', true);
  else {
    console.error(error);
    notice(`Something in this page went wrong: ${error.message}`, true);
  }
}

async function refresh(withModels) {
  const mine = generation;
  const [list, models] = await Promise.all([get('/v1/fine_tuning/jobs?limit=100'), withModels ? get('/v1/models') : null]);
  if (mine !== generation) return;
  jobs = list.data;
  if (!chosen && jobs.length > 0) chosen = jobs[0].id;
  showJobs();
  showDetail();
  if (models) showModels(models.data);
  await refreshEvents();
  notice(null);
}

async function follow() {
  for (let tick = 0; ; tick++) {
    if (key && !document.hidden) await refresh(tick % 5 === 0).catch(report);
    const live = jobs.some(job => !ENDED.has(job.status));
    await new Promise(resolve => setTimeout(resolve, live ? 1500 : 4000));
  }
}

function forget() {
  sessionStorage.removeItem(KEY);
  chosen = null;
  useKey('');
}

function useKey(given) {
  key = given;
  generation++;
  jobs = [];
  events = new Map();
  at('forget').hidden = !key;
  at('key').value = '';
  at('key').placeholder = key ? 'key in use' : 'fta-…';
  at('detail').hidden = true;
  at('models').replaceChildren(make('p', 'empty', key ? 'Loading…' : 'Shown once a key is given.'));
  at('jobs').replaceChildren(make('p', 'empty', key ? 'Loading…' : 'Enter an API key to see the jobs of its project. ./run key NAME prints one.'));
  notice(null);
}

at('key-form').addEventListener('submit', event => {
  event.preventDefault();
  const given = at('key').value.trim();
  if (!given) return;
  sessionStorage.setItem(KEY, given);
  chosen = null;
  useKey(given);
  refresh(true).catch(report);
});
at('forget').addEventListener('click', forget);
new ResizeObserver(() => { if (events.size > 0) showEvents(); }).observe(at('chart'));
useKey(key);
void follow();
