/// How a report looks, and what little it does by itself.
extension Report {
  /// Colours are of WCAG contrast 4.5 and above on their backgrounds, in light and dark.
  static let style: HTML = """
    :root { --ink: #1b1b1b; --soft: #555; --paper: #fff; --panel: #f4f5f7; --line: #cfd3d8; --accent: #00538a; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #e9e9e6; --soft: #b4b4b0; --paper: #16181b; --panel: #22262b; --line: #474d55; --accent: #8ecbff; }
    }
    * { box-sizing: border-box; }
    html { color-scheme: light dark; scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
    @media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
    body { margin: 0 auto; padding: 0 1.25rem 3rem; max-width: 68rem; color: var(--ink); background: var(--paper);
      font: 1rem/1.55 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; overflow-wrap: break-word; }
    p, ul, ol, summary { max-width: 46rem; }
    h1 { font-size: 1.8rem; line-height: 1.2; margin: 1.6rem 0 0.2rem; }
    h2 { font-size: 1.3rem; margin: 2.4rem 0 0.6rem; padding-top: 0.6rem; border-top: 1px solid var(--line); }
    h3 { font-size: 1.05rem; margin: 1.8rem 0 0.4rem; }
    a { color: var(--accent); }
    a:focus-visible, summary:focus-visible, input:focus-visible, .scroll:focus-visible,
    .pan:focus-visible {
      outline: 3px solid var(--accent); outline-offset: 2px; }
    .skip { position: absolute; left: -99rem; }
    .skip:focus { left: 1rem; top: 0.5rem; padding: 0.4rem 0.8rem; background: var(--paper); }
    .question { font-size: 1.15rem; color: var(--soft); margin: 0 0 0.6rem; }
    .answer { font-size: 1.15rem; padding: 0.8rem 1rem; background: var(--panel); border-left: 4px solid var(--accent); }
    nav ul { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; list-style: none; padding: 0; margin: 0; max-width: none; }
    nav a { display: inline-block; padding: 0.15rem 0; }
    .scroll { overflow-x: auto; margin: 0.8rem 0; }
    table { border-collapse: collapse; font-size: 0.92rem; }
    caption { text-align: left; color: var(--soft); padding-bottom: 0.3rem; }
    th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.9rem 0.35rem 0; border-bottom: 1px solid var(--line);
      min-width: 4.5rem; max-width: 26rem; overflow-wrap: break-word; }
    thead th { vertical-align: bottom; border-bottom: 2px solid var(--soft); overflow-wrap: normal; }
    tbody th { font-weight: 600; min-width: 8rem; overflow-wrap: break-word; }
    table.numbers td:last-child { min-width: 10rem; }
    table.numbers td { font-variant-numeric: tabular-nums; }
    small { color: var(--soft); font-weight: 400; }
    details { margin: 0.6rem 0; }
    summary { cursor: pointer; padding: 0.25rem 0; color: var(--accent); }
    code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 0.92em; }
    figure { margin: 1rem 0 1.6rem; }
    img { display: block; max-width: 100%; height: auto; background: #fff; border: 1px solid var(--line); }
    figcaption { font-size: 0.92rem; color: var(--soft); padding-top: 0.35rem; }
    .slide { display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem 1rem; padding: 0.6rem 0.9rem; max-width: none;
      background: var(--panel); }
    .slide[hidden], .frame.off { display: none; }
    .slide input { flex: 1 1 14rem; min-height: 2rem; accent-color: var(--accent); }
    .slide output { flex: 1 1 100%; font-variant-numeric: tabular-nums; }
    footer { margin-top: 2.5rem; border-top: 1px solid var(--line); color: var(--soft); font-size: 0.9rem; }
    .pan { overflow-x: auto; }
    @media (max-width: 40rem) {
      .pan img { max-width: none; width: 56rem; }
      body { padding: 0 0.9rem 2rem; }
      h1 { font-size: 1.45rem; }
      th, td { max-width: 15rem; }
      tbody th { min-width: 6.5rem; }
    }
    @media print {
      :root { --ink: #000; --soft: #333; --paper: #fff; --panel: #fff; --line: #999; --accent: #000; }
      body { max-width: none; padding: 0; font-size: 10pt; }
      nav, .skip, .slide { display: none; }
      .frame.off { display: block; }
      .scroll, .pan { overflow: visible; }
      .pan img { max-width: 100%; }
      table { font-size: 8.5pt; }
      th, td { min-width: 0; }
      h2, h3, caption { break-after: avoid; }
      figure, tr { break-inside: avoid; }
      img { max-height: 10cm; width: auto; }
      a { color: inherit; text-decoration: none; }
    }
    """

  /// The sliders; and nothing stays folded in print.
  static let script: HTML = """
    for (const box of document.querySelectorAll('.frames')) {
      const slider = box.querySelector('input'), said = box.querySelector('output');
      if (!slider) continue;
      const frames = [...box.querySelectorAll('.frame')];
      const show = () => {
        frames.forEach((frame, place) => frame.classList.toggle('off', place !== Number(slider.value)));
        said.textContent = frames[slider.value].dataset.text;
        slider.setAttribute('aria-valuetext', said.textContent);
        };
      slider.addEventListener('input', show);
      box.querySelector('.slide').hidden = false;
      show();
    }
    addEventListener('beforeprint', () => document.querySelectorAll('details').forEach((part) => part.open = true));
    """
}
