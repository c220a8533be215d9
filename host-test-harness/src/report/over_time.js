'use strict';
// Records and findings over time, drawn by uPlot in place of the still picture: dragging zooms in, to finer columns where there are some, and shows the incidents of that time; a double click shows all.
const over = at('zoom');
if (over) {
  const { from, to, width, widths, times, records, findings, names } = JSON.parse(over.dataset.series);
  const most = 120, severities = names.length;
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const utc = (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC');
  const written = uPlot.fmtDate('{YYYY}-{MM}-{DD} {HH}:{mm}');
  // Columns of the narrowest width that leaves few enough; of the findings, those of a severity and of all below it.
  let step = width, columns = [], shown = [from, to];
  const cut = (first, last) => {
    step = widths.find((each) => each >= width && (last - first) / each <= most) ?? widths[widths.length - 1];
    columns = new Map();
    times.forEach((time, index) => {
      const start = Math.floor(time / step) * step;
      if (start + step <= first || start >= last) return;
      if (!columns.has(start)) columns.set(start, { records: 0, findings: new Array(severities).fill(0) });
      const column = columns.get(start);
      column.records += records[index];
      findings[index].forEach((count, severity) => { column.findings[severity] += count; });
    });
    columns = [...columns].sort((one, other) => one[0] - other[0]);
    const x = columns.map(([start]) => start);
    const sums = columns.map(([, column]) => { let sum = 0; return column.findings.map((count) => (sum += count) || null); });
    return [[x, columns.map(([, column]) => column.records)], [x, ...[...Array(severities).keys()].reverse().map((severity) => sums.map((sum) => sum[severity]))]];
  };
  const counted = (count, name) => `${count.toLocaleString('en')} ${name}${count === 1 ? '' : 's'}`;
  const tell = (plot) => {
    const { left } = plot.cursor, time = plot.posToVal(left, 'x'), column = left >= 0 && columns.find(([start]) => start <= time && time < start + step);
    if (!column) { at('at-cursor').textContent = '\u00a0'; return; }
    const [start, held] = column, end = step >= 86400 ? start + step - 1 : start + step;
    const parts = names.map((name, severity) => [held.findings[severity], name]).reverse().filter(([count]) => count).map(([count, name]) => `${count.toLocaleString('en')} ${name}`);
    at('at-cursor').textContent = [`${written(utc(start))} to ${written(utc(end)).slice(step >= 86400 ? 0 : 11)}: ${counted(held.records, 'record')}`, ...parts].join(', ');
  };
  const label = () => colour('--soft'), grid = { stroke: () => colour('--line'), width: 1 };
  const bars = { paths: uPlot.paths.bars({ size: [0.85, 60, 1], align: 1 }), points: { show: false } };
  const options = (name, height, series) => ({
    width: 600, height, series: [{}, ...series.map((each) => ({ ...bars, width: 0, stroke: each, fill: each }))],
    tzDate: utc, legend: { show: false }, padding: [8, 24, name === 'findings' ? 0 : 8, 0],
    scales: { x: { time: true, range: () => shown }, y: { range: (plot, least, greatest) => [0, Math.max(greatest || 0, 1) * 1.05] } },
    axes: [
      { stroke: label, grid, ticks: grid, show: name === 'findings', values: [[86400 * 365, '{YYYY}', null, null, null, null, null, null, 1], [86400 * 28, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1], [86400, '{DD} {MMM}', '\n{YYYY}', null, null, null, null, null, 1], [60, '{HH}:{mm}', '\n{DD} {MMM}', null, '\n{DD} {MMM}', null, null, null, 1], [1, '{HH}:{mm}:{ss}', '\n{DD} {MMM}', null, '\n{DD} {MMM}', null, null, null, 1]] },
      { stroke: label, grid, ticks: grid, label: name, labelSize: 20, size: 62, space: 34, incrs: [1, 2, 5].flatMap((digit) => [...Array(12).keys()].map((power) => digit * 10 ** power)).sort((one, other) => one - other) },
    ],
    cursor: { sync: { key: 'over-time' }, drag: { x: true, y: false, setScale: false, dist: 4 }, points: { show: false }, y: false, bind: { dblclick: () => () => { show(from, to, false); return null; } } },
    hooks: {
      setCursor: [tell],
      setSelect: [(plot) => {
        const { left, width: wide } = plot.select;
        if (wide < 4) return;
        const first = Math.floor(plot.posToVal(left, 'x') / step) * step, last = Math.ceil(plot.posToVal(left + wide, 'x') / step) * step;
        plots.forEach((each) => each.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false));
        show(first, last, true);
      }],
    },
  });
  const [counts, stacked] = cut(from, to);
  const plots = [
    new uPlot(options('records', 116, [() => colour('--records')]), counts, over),
    new uPlot(options('findings', 210, [...names.keys()].reverse().map((severity) => () => colour(`--s${severity}`))), stacked, over),
  ];
  const show = (first, last, isPart) => {
    shown = [Math.max(first, from), Math.max(Math.min(last, to), Math.max(first, from) + width)];
    cut(...shown).forEach((data, index) => plots[index].setData(data));
    at('whole').hidden = !isPart;
    within(isPart ? shown : null);
  };
  at('whole').addEventListener('click', () => show(from, to, false));
  new ResizeObserver(() => { const wide = over.clientWidth; if (wide) for (const plot of plots) plot.setSize({ width: wide, height: plot.height }); }).observe(over);
  const redraw = () => plots.forEach((plot) => plot.redraw(false));
  at('theme').addEventListener('click', redraw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
}
