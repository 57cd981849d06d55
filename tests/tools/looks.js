// Geometry of a page's text, line box by line box. Read by looks.py; functions only, nothing runs by itself.
function shownText() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const holder = node.parentElement;
    if (!node.data.trim() || holder.closest('svg, script, style, template, noscript, .hidden, .skip, [popover]:not(:popover-open)')) {
      if (!(holder.closest('.nav') && innerWidth >= 960)) continue;
    }
    if (!holder.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue;
    const style = getComputedStyle(holder);
    if ([...chain(holder)].some(e => getComputedStyle(e).clipPath.startsWith('inset(50%'))) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      if (rect.width > 1.5 && rect.height > 1.5) {
        found.push({ node, holder, style, rect, size: parseFloat(style.fontSize), text: node.data.trim().slice(0, 60) });
      }
    }
  }
  return found;
}

// What would move with the window stays where it stands on the page.
function unstick() {
  document.querySelectorAll('body *').forEach(e => {
    if (getComputedStyle(e).position === 'sticky') e.style.position = 'relative';
    if (e.style.position) e.style.inset = 'auto';
  });
}

function* chain(element) {
  for (let e = element; e && e !== document.documentElement; e = e.parentElement) yield e;
}

function name(element) {
  return `<${element.tagName.toLowerCase()} class="${element.getAttribute('class') || ''}"> in #${(element.closest('[id]') || {}).id}`;
}

function layoutFaults() {
  const width = document.documentElement.clientWidth;
  const faults = [];
  if (document.documentElement.scrollWidth > width) {
    const wide = [...document.querySelectorAll('body *:not(svg, svg *)')].filter(e => e.getBoundingClientRect().right > width + 1);
    faults.push(`scrolls sideways: ${wide.slice(0, 3).map(name).join(', ') || 'the page'}`);
  }
  const lines = shownText();
  for (const line of lines) {
    if (line.rect.left < -1 || line.rect.right > width + 1) faults.push(`outside the window: "${line.text}" in ${name(line.holder)}`);
    faults.push(...clipped(line), ...covered(line));
  }
  faults.push(...overlaps(lines), ...empty(), ...targets());
  return [...new Set(faults)];
}

function clipped(line) {
  const cut = [...chain(line.holder)].find(e => {
    const style = getComputedStyle(e);
    if (style.overflowX === 'visible' && style.overflowY === 'visible') return false;
    const box = e.getBoundingClientRect();
    const middle = (line.rect.top + line.rect.bottom) / 2;
    const across = line.rect.left < box.left - 2 || line.rect.right > box.right + 2;
    const down = middle - line.size * 0.4 < box.top - 1 || middle + line.size * 0.4 > box.bottom + 1;
    return (across && style.overflowX !== 'visible') || (down && style.overflowY !== 'visible');
  });
  return cut ? [`cut off: "${line.text}" by ${name(cut)}`] : [];
}

function covered(line) {
  const x = line.rect.left + line.rect.width / 2;
  const y = line.rect.top + line.rect.height / 2;
  for (const e of document.elementsFromPoint(x, y)) {
    if (e === line.holder || e.contains(line.holder) || line.holder.contains(e)) return [];
    const style = getComputedStyle(e);
    const solid = /^(svg|path|circle|rect|img)$/i.test(e.tagName) || !/rgba\(.*, 0\)|transparent/.test(style.backgroundColor);
    if (solid) return [`covered: "${line.text}" by ${name(e)}`];
  }
  return [];
}

function overlaps(lines) {
  const cores = lines.map(line => {
    const middle = (line.rect.top + line.rect.bottom) / 2;
    return { line, left: line.rect.left + 1, right: line.rect.right - 1, top: middle - line.size * 0.33, bottom: middle + line.size * 0.33 };
  }).sort((a, b) => a.top - b.top);
  const faults = [];
  cores.forEach((a, n) => {
    for (let m = n + 1; m < cores.length && cores[m].top < a.bottom; m++) {
      const b = cores[m];
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1.5 && Math.min(a.bottom, b.bottom) - b.top > 1) {
        faults.push(`overlap: "${a.line.text}" and "${b.line.text}" in ${name(b.line.holder)}`);
      }
    }
  });
  return faults;
}

// Every section says something, and no heading stands over nothing at all.
function empty() {
  return [...document.querySelectorAll('main > section')].filter(s => !s.innerText.trim() || s.getBoundingClientRect().height < 40).map(s => `an empty section: #${s.id}`);
}

// A thumb's size for what is pressed; links within running text are exempt (WCAG 2.2, 2.5.8).
function targets() {
  const pressed = document.querySelectorAll('main :is(button, summary, select, textarea, input:not([type=checkbox]), a.button), footer a, header :is(a, button)');
  return [...pressed].filter(e => e.checkVisibility() && !e.closest('.hidden, .skip') && !e.matches('.skip')).flatMap(e => {
    const box = e.getBoundingClientRect();
    return box.width && (box.height < 43.5) ? [`too small for a thumb (${Math.round(box.height)} px): ${name(e)}`] : [];
  });
}

function textLines() {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const paint = canvas.getContext('2d', { willReadFrequently: true });
  const known = new Map();
  const rgb = colour => {
    if (!known.has(colour)) {
      paint.fillStyle = colour;
      paint.fillRect(0, 0, 1, 1);
      known.set(colour, [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3));
    }
    return known.get(colour);
  };
  // Two of each sort a section: what is painted alike is looked at once more, not a hundred times.
  const seen = new Map();
  const first = shownText().filter(({ node, holder }, n, all) => {
    const sort = [(holder.closest('section, header, footer') || {}).id, ...[...chain(holder)].slice(0, 3).map(e => e.tagName + e.className)].join(' ');
    seen.set(sort, (seen.get(sort) || 0) + 1);
    const initial = all[n].rect.height > 2.2 * all[n].size; // a drop initial has a colour of its own
    return seen.get(sort) <= 2 && !initial && (!n || all[n - 1].node !== node);
  });
  return first.map(({ rect, style, size, text }) => {
    const middle = (rect.top + rect.bottom) / 2 + scrollY;
    return { text, box: [rect.left + scrollX, middle - size * 0.55, rect.width, size * 1.1], colour: rgb(style.color), size, weight: Number(style.fontWeight) };
  });
}
