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
const events = new EventSource('/events');
events.onopen = () => link('good', 'live');
events.onerror = () => link('bad', 'no connection; trying again');
events.addEventListener('figures', event => { at('figures').innerHTML = event.data; });
events.addEventListener('finding', event => {
  const list = at('findings');
  at('none')?.remove();
  list.insertAdjacentHTML('afterbegin', event.data);
  list.firstElementChild.classList.add('new');
  while (list.children.length > 100) list.lastElementChild.remove();
});
