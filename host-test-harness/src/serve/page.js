'use strict';
document.documentElement.classList.add('js');
const root = document.documentElement, at = id => document.getElementById(id);
const themes = { get: () => { try { return localStorage.getItem('theme'); } catch { return null; } }, set: theme => { try { localStorage.setItem('theme', theme); } catch { /* kept for this page alone */ } } };
if (themes.get()) root.dataset.theme = themes.get();
at('theme').addEventListener('click', () => {
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  themes.set(root.dataset.theme);
});
const link = (state, words) => { at('link').className = 'badge ' + state; at('link').textContent = words; };
const MOST = 200;
// Findings that came during a pause, the oldest first.
let waiting = null;
const filter = () => {
  const least = Number(at('severity').value), words = at('text').value.toLowerCase().split(/\s+/);
  for (const found of at('findings').querySelectorAll('article')) {
    const text = found.textContent.toLowerCase();
    found.hidden = Number(found.dataset.severity) < least || !words.every(word => text.includes(word));
  }
};
const show = html => {
  const list = at('findings');
  at('none')?.remove();
  list.insertAdjacentHTML('afterbegin', html);
  list.firstElementChild.classList.add('new');
  while (list.children.length > MOST) list.lastElementChild.remove();
};
at('severity').addEventListener('input', filter);
at('text').addEventListener('input', filter);
at('pause').addEventListener('click', () => {
  const held = waiting ?? [];
  waiting = waiting ? null : [];
  at('pause').textContent = waiting ? 'Go on' : 'Pause';
  at('pause').setAttribute('aria-pressed', String(Boolean(waiting)));
  held.forEach(show);
  filter();
});
// The page of an actor is shown here instead; without scripts, the link leads to it.
at('figures').addEventListener('click', async event => {
  const link = event.target instanceof Element && event.target.closest('a.actor');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const answer = await fetch(link.href, { headers: { accept: 'text/html' } }), panel = at('actor');
  // The head has a style of its own, which this page's policy does not let in.
  const main = (await answer.text()).replace(/^[^]*<main\b/, '<main');
  const page = new DOMParser().parseFromString(main, 'text/html');
  panel.replaceChildren(...(page.querySelector('main > section') ?? page.body).childNodes);
  panel.hidden = false;
  panel.scrollIntoView();
});
const events = new EventSource('/events');
events.onopen = () => link('good', 'live');
events.onerror = () => link('bad', 'no connection; trying again');
events.addEventListener('state', event => { at('state').innerHTML = event.data; });
events.addEventListener('figures', event => { at('figures').innerHTML = event.data; });
events.addEventListener('finding', event => {
  if (waiting) {
    waiting.push(event.data);
    if (waiting.length > MOST) waiting.shift();
    at('pause').textContent = `Go on (${waiting.length} waiting)`;
    return;
  }
  show(event.data);
  filter();
});
