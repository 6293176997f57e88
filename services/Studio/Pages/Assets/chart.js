// A loss curve in SVG: training and validation loss over steps.
// points: [{ step, train, valid }], sorted by step; train and valid may be null.

const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 260, LEFT = 46, RIGHT = 14, TOP = 10, BOTTOM = 30;
const SERIES = [['train', 'training loss'], ['valid', 'validation loss']];

export function drawLoss(host, points) {
  const known = points.filter(point => point.train != null || point.valid != null);
  if (known.length === 0) {
    const empty = document.createElement('p');
    empty.className = 'empty';
    empty.textContent = 'The loss curve appears with the first training step.';
    host.replaceChildren(empty);
    return;
  }

  const width = Math.max(240, host.clientWidth);
  const values = known.flatMap(point => [point.train, point.valid]).filter(value => value != null);
  const top = niceCeiling(Math.max(...values));
  const first = known[0].step, last = Math.max(known.at(-1).step, first + 1);
  const x = step => LEFT + (step - first) / (last - first) * (width - LEFT - RIGHT);
  const y = loss => TOP + (1 - loss / top) * (HEIGHT - TOP - BOTTOM);

  const svg = element('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, height: HEIGHT, role: 'img', 'aria-label': describe(known) });
  for (let i = 0; i <= 4; i++) {
    const loss = top * i / 4;
    svg.append(element('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y(loss), y2: y(loss) }),
      label(LEFT - 8, y(loss) + 4, 'end', loss.toFixed(top < 1 ? 2 : 1)));
  }
  for (const step of ticks(first, last, width < 500 ? 4 : 8))
    svg.append(label(x(step), HEIGHT - 10, step === last ? 'end' : 'middle', String(step)));

  const legend = document.createElement('div');
  legend.className = 'legend';
  const names = {};
  for (const [key, name] of SERIES) {
    const drawn = known.filter(point => point[key] != null);
    if (drawn.length === 0) continue;
    svg.append(element('path', { class: key, d: drawn.map((point, i) => `${i ? 'L' : 'M'}${x(point.step).toFixed(1)} ${y(point[key]).toFixed(1)}`).join('') }));
    if (drawn.length <= 40)
      for (const point of drawn) svg.append(element('circle', { class: key, cx: x(point.step), cy: y(point[key]), r: 2.5 }));
    names[key] = document.createElement('span');
    names[key].className = key;
    legend.append(names[key]);
  }

  const stepName = document.createElement('div');
  const cursor = element('line', { class: 'cursor', y1: TOP, y2: HEIGHT - BOTTOM, visibility: 'hidden' });
  svg.append(cursor);
  legend.append(stepName);
  const tell = point => {
    stepName.textContent = `step ${point.step}`;
    for (const [key, name] of SERIES)
      if (names[key]) names[key].textContent = point[key] == null ? name : `${name} ${point[key].toFixed(4)}`;
  };
  const latest = { step: known.at(-1).step };
  for (const [key] of SERIES) latest[key] = known.findLast(point => point[key] != null)?.[key] ?? null;
  tell(latest);
  svg.addEventListener('pointermove', event => {
    const at = first + (event.clientX - svg.getBoundingClientRect().left - LEFT) / (width - LEFT - RIGHT) * (last - first);
    const near = known.reduce((best, point) => Math.abs(point.step - at) < Math.abs(best.step - at) ? point : best);
    cursor.setAttribute('x1', x(near.step));
    cursor.setAttribute('x2', x(near.step));
    cursor.setAttribute('visibility', 'visible');
    tell(near);
  });
  svg.addEventListener('pointerleave', () => { cursor.setAttribute('visibility', 'hidden'); tell(latest); });
  host.replaceChildren(legend, svg);
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function label(x, y, anchor, text) {
  const made = element('text', { x, y, 'text-anchor': anchor });
  made.textContent = text;
  return made;
}

// The next of 1, 2, 2.5, 4, 5, 10 times a power of ten: quarters of it are short numbers.
function niceCeiling(value) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(value, 1e-6)));
  return unit * [1, 2, 4, 5, 10].find(factor => factor * unit >= value);
}

function ticks(first, last, count) {
  const rough = (last - first) / count;
  const unit = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const stride = Math.max(1, unit * [1, 2, 5, 10].find(factor => factor * unit >= rough));
  const found = [];
  for (let step = Math.ceil(first / stride) * stride; step <= last; step += stride) found.push(step);
  return found;
}

function describe(known) {
  const end = known.at(-1);
  return `Loss over ${known.length} steps, from ${(known[0].train ?? known[0].valid).toFixed(3)} to ${(end.train ?? end.valid).toFixed(3)}`;
}
