// Builds DOM without HTML strings. All text comes through here, so names from
// outside are shown as what they are: text, without control or bidi tricks.

const SVG = 'http://www.w3.org/2000/svg';
const LONGEST_TEXT = 400;
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** VALUE as text that cannot rearrange what stands around it. */
export function plain(value) {
  const text = String(value ?? '').replace(UNSEEN, '\ufffd');
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}

/**
 * An element. PROPS: class, text, testid, on: {event: listener}, data: {…};
 * everything else is an attribute; false and null leave it out.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'class') element.className = value;
    else if (name === 'text') element.textContent = plain(value);
    else if (name === 'testid') element.dataset.testid = value;
    else if (name === 'data') Object.assign(element.dataset, value);
    else if (name === 'on') {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else element.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : plain(child));
  }
  return element;
}

/** Sets the text of ELEMENT if it is another. */
export function setText(element, value) {
  const text = plain(value);
  if (element.textContent !== text) element.textContent = text;
}

/** Shows or hides ELEMENT. */
export function show(element, visible) {
  if (element.hidden === visible) element.hidden = !visible;
}

/** Sets or removes (null, false) an attribute if it is another. */
export function setAttr(element, name, value) {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else {
    const text = value === true ? '' : String(value);
    if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

/**
 * Keeps the children of PARENT in step with ITEMS: one widget a key, reused,
 * moved only when the order changes. ROWS is the Map this list owns.
 */
export function keyed(parent, rows, items, keyOf, create, update) {
  const wanted = new Set(items.map(keyOf));
  for (const [key, row] of rows) {
    if (!wanted.has(key)) {
      row.element.remove();
      rows.delete(key);
    }
  }
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let row = rows.get(key);
    if (!row) {
      row = create(item);
      rows.set(key, row);
    }
    if (row.element === place) place = place.nextElementSibling;
    else parent.insertBefore(row.element, place);
    update(row, item);
  }
}

const PATHS = {
  cut: 'M8.2 2.5h7.6l5.7 5.7v7.6l-5.7 5.7H8.2l-5.7-5.7V8.2zM8.5 8.5l7 7M15.5 8.5l-7 7',
  blank: 'M3 5h18v14H3zM3 19 21 5',
  release: 'M12 3v13M6.5 10.5 12 16l5.5-5.5M4 20.5h16',
  resume: 'M7 4.5v15l12-7.5z',
  redact: 'M3 12h4M17 12h4M8 6h8v12H8zM8 18 16 6',
  dump: 'M5 7h14M10 7V4h4v3M6.5 7l1 13h9l1-13M10 11v5M14 11v5',
  mute: 'M4 9.5h3.5L12 5.5v13l-4.5-4H4zM16 9.5l5 5M21 9.5l-5 5',
  unmute: 'M4 9.5h3.5L12 5.5v13l-4.5-4H4zM15.5 9a4.2 4.2 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11',
  alert: 'M12 3.5 22 20.5H2zM12 10v5M12 17.7v.3',
  eye: 'M2 12s3.8-6.5 10-6.5S22 12 22 12s-3.8 6.5-10 6.5S2 12 2 12zM12 9.3a2.7 2.7 0 1 0 0 5.4a2.7 2.7 0 0 0 0-5.4',
  check: 'M4.5 12.5 10 18 20 6.5',
  clock: 'M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M12 7.5V12l3.2 2',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  next: 'M5 12h13M12.5 6.5 18 12l-5.5 5.5',
  dot: 'M12 8a4 4 0 1 0 0 8a4 4 0 0 0 0-8',
  bar: 'M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M5.7 5.7l12.6 12.6',
};

/** A small line drawing; it only ever stands beside a word. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name] ?? PATHS.dot);
  svg.append(path);
  svg.dataset.icon = name;
  return svg;
}

/** Makes SVG show another drawing. */
export function setIcon(svg, name) {
  if (svg.dataset.icon === name) return;
  svg.dataset.icon = name;
  svg.firstChild.setAttribute('d', PATHS[name] ?? PATHS.dot);
}
