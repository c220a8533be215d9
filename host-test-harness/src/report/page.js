'use strict';
// Everything is readable without this; with it, findings can be filtered and the colours chosen.
const root = document.documentElement;
root.classList.add('js');
const kept = (() => { try { return localStorage.getItem('auditward-theme'); } catch { return null; } })();
if (kept) root.dataset.theme = kept;
const isDark = () => (root.dataset.theme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
document.getElementById('theme').addEventListener('click', () => {
  root.dataset.theme = isDark() ? 'light' : 'dark';
  try { localStorage.setItem('auditward-theme', root.dataset.theme); } catch { /* a page without storage forgets */ }
});
const value = (id) => document.getElementById(id)?.value ?? '';
const incidents = [...document.querySelectorAll('article[data-detector]')];
const texts = incidents.map((incident) => incident.textContent.toLowerCase());
function filter() {
  const least = Number(value('severity')), detector = value('detector'), words = value('text').toLowerCase().split(/\s+/);
  let shown = 0;
  incidents.forEach((incident, index) => {
    const fits = Number(incident.dataset.severity) >= least && (!detector || incident.dataset.detector === detector)
      && words.every((word) => texts[index].includes(word));
    incident.hidden = !fits;
    shown += fits;
  });
  document.getElementById('shown').textContent = `${shown} of ${incidents.length} shown`;
}
if (incidents.length) {
  for (const id of ['severity', 'detector', 'text']) document.getElementById(id).addEventListener('input', filter);
  filter();
}
// Paper shows everything.
addEventListener('beforeprint', () => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
