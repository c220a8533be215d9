'use strict';
// Everything is readable without this; with it, incidents can be filtered, parts folded and the colours chosen.
const root = document.documentElement, at = (id) => document.getElementById(id);
root.classList.add('js');
const kept = (() => { try { return localStorage.getItem('auditward-theme'); } catch { return null; } })();
if (kept) root.dataset.theme = kept;
const isDark = () => (root.dataset.theme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
at('theme').addEventListener('click', () => {
  root.dataset.theme = isDark() ? 'light' : 'dark';
  try { localStorage.setItem('auditward-theme', root.dataset.theme); } catch { /* a page without storage forgets */ }
});
// A phone begins with the incidents and the numbers; the contents unfold the rest.
if (matchMedia('(max-width: 40rem)').matches) for (const part of document.querySelectorAll('details.part')) part.open = false;
const reveal = () => {
  const target = location.hash.length > 1 && at(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (const part of target.querySelectorAll('details.part')) part.open = true;
  for (let around = target; around; around = around.parentElement) if (around.tagName === 'DETAILS') around.open = true;
  target.scrollIntoView();
};
addEventListener('hashchange', reveal);
reveal();
const incidents = [...document.querySelectorAll('details.incident')];
const facets = incidents.map((incident) => JSON.parse(incident.dataset.facets));
const texts = incidents.map((incident) => incident.textContent.toLowerCase());
const choosers = ['detector', 'source', 'actor', 'origin'];
const filter = () => {
  const least = Number(at('severity').value), chosen = choosers.map((id) => at(id).value), words = at('text').value.toLowerCase().split(/\s+/);
  // Times stand in local time, as numbers as if they were UTC.
  const [since, until] = ['since', 'until'].map((id) => at(id).value && Date.parse(at(id).value + 'Z'));
  let shown = 0;
  incidents.forEach((incident, index) => {
    const data = incident.dataset;
    const fits = Number(data.severity) >= least && chosen.every((name, facet) => !name || facets[index][facet].includes(name))
      && (!since || Number(data.last) >= since) && (!until || Number(data.first) <= until) && words.every((word) => texts[index].includes(word));
    incident.hidden = !fits;
    shown += fits;
  });
  at('shown').textContent = `${shown} of ${incidents.length} shown`;
  if (at('more') && shown < incidents.length) at('more').open = true;
};
if (incidents.length) {
  choosers.forEach((id, facet) => {
    for (const name of [...new Set(facets.flatMap((each) => each[facet]))].sort()) at(id).add(new Option(name, name));
  });
  for (const id of ['severity', 'since', 'until', 'text', ...choosers]) at(id).addEventListener('input', filter);
  at('unfold').addEventListener('click', () => {
    const opens = !incidents.some((incident) => incident.open);
    for (const incident of incidents) incident.open = opens;
  });
  if (!matchMedia('(max-width: 40rem)').matches) document.querySelector('details.filter').open = true;
  filter();
}
// Shows the incidents between two times in seconds, or those of all times again.
const within = (times) => {
  if (!incidents.length) return;
  ['since', 'until'].forEach((id, index) => { at(id).value = times ? new Date(times[index] * 1000).toISOString().slice(0, 16) : ''; });
  document.querySelector('details.filter').open = true;
  filter();
};
// Paper has every part; the events of an incident are on it where the incident is open.
let folded = [];
addEventListener('beforeprint', () => { folded = [...document.querySelectorAll('details.part:not([open])')]; for (const part of folded) part.open = true; });
addEventListener('afterprint', () => { for (const part of folded) part.open = false; folded = []; });
