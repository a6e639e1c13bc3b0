extension HTMLReport {
    /// One style sheet for screens of any width, light and dark, and paper. Drawings are made for white paper: in the
    /// dark their lightness is turned over and their hues kept.
    static let style = """
        :root {
          --text: #1c2024; --soft: #59636e; --back: #ffffff; --panel: #f5f6f8; --line: #e1e4e9; --link: #0a58ca;
          --key: #8a2fa8; --string: #1a6e34; --number: #9a4a00; --comment: #5f6b76;
          --warn: #7a4d00; --warn-back: #fff5db; --warn-line: #e0a31b;
          --bad: #a31621; --bad-back: #fdf0f0; --bad-line: #d8434e;
          --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
          --mono: ui-monospace, SFMono-Regular, Menlo, "Cascadia Mono", Consolas, "DejaVu Sans Mono", monospace;
        }
        @media screen and (prefers-color-scheme: dark) {
          :root {
            --text: #dee2e7; --soft: #9aa5b1; --back: #14171a; --panel: #1d2126; --line: #313840; --link: #86b7ff;
            --key: #d79bf0; --string: #86d69c; --number: #f0b072; --comment: #939eab;
            --warn: #f3c969; --warn-back: #2a2313; --warn-line: #b58514;
            --bad: #ff9aa2; --bad-back: #2d1a1c; --bad-line: #cf4a54;
          }
          img.drawing { filter: invert(1) hue-rotate(180deg); mix-blend-mode: screen; }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1.5rem; }
        body { margin: 0; background: var(--back); color: var(--text); font: 1.0625rem/1.62 var(--sans);
          overflow-wrap: break-word; }
        main { max-width: 54rem; margin: 0 auto; padding: 3.5rem 1.5rem 6rem; }
        a { color: var(--link); text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: .18em; }
        a:hover { text-decoration-thickness: 2px; }
        :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }

        header { margin-bottom: 2.25rem; padding-bottom: 1.5rem; border-bottom: 1px solid var(--line); }
        h1, h2, h3, h4, h5, h6 { line-height: 1.25; text-wrap: balance; }
        h1 { font-size: clamp(1.75rem, 1.2rem + 2.4vw, 2.5rem); font-weight: 700; letter-spacing: -.018em; margin: 0; }
        h2 { font-size: 1.5rem; font-weight: 650; letter-spacing: -.01em; margin: 3rem 0 .9rem; }
        h3 { font-size: 1.2rem; font-weight: 650; margin: 2.2rem 0 .6rem; }
        h4, h5, h6 { font-size: 1.0625rem; font-weight: 650; margin: 1.8rem 0 .4rem; }
        .by { color: var(--soft); margin: .7rem 0 0; }
        .about { font-size: 1.125rem; margin: .9rem 0 0; }
        p.facts { color: var(--soft); font-size: .875rem; margin: .9rem 0 0; }
        .prose { max-width: 43rem; }
        .prose > :first-child { margin-top: 0; }
        .prose + .prose, .cell + .prose { margin-top: 2rem; }
        .prose > h2:first-child { margin-top: 3rem; }
        .prose > h3:first-child { margin-top: 2.2rem; }
        p, ul, ol, blockquote { margin: 0 0 1rem; }
        ul, ol { padding-left: 1.4rem; }
        li + li { margin-top: .25rem; }
        li > p { margin-bottom: .5rem; }
        blockquote { padding: .1rem 0 .1rem 1.1rem; border-left: 3px solid var(--line); color: var(--soft); }
        blockquote > :last-child { margin-bottom: 0; }
        hr { border: 0; border-top: 1px solid var(--line); margin: 2.5rem 0; }
        .prose img { max-width: 100%; height: auto; }

        code, pre { font-family: var(--mono); font-variant-ligatures: none; }
        code { font-size: .88em; background: var(--panel); border-radius: 4px; padding: .12em .32em;
          overflow-wrap: anywhere; }
        pre { margin: 0 0 1rem; font-size: .8125rem; line-height: 1.55; overflow-x: auto; tab-size: 4; }
        pre code { font-size: inherit; background: none; padding: 0; overflow-wrap: normal; }
        .prose pre { background: var(--panel); border-radius: 8px; padding: .8rem 1rem; }
        pre b { color: var(--key); font-weight: inherit; }
        pre i { font-style: normal; }
        i.s { color: var(--string); } i.n { color: var(--number); } i.c { color: var(--comment); }

        .cell { margin: 1.5rem 0 2rem; }
        details.code { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
        summary { cursor: pointer; color: var(--soft); font-size: .8125rem; line-height: 1.4; }
        details.code > summary { display: flex; flex-wrap: wrap; gap: .1rem 1rem; align-items: baseline; list-style: none;
          padding: .42rem .9rem; }
        details.code > summary::-webkit-details-marker { display: none; }
        details.code > summary::before { content: ""; width: .36rem; height: .36rem; margin-right: -.35rem;
          border: solid currentColor; border-width: 0 1.5px 1.5px 0; transform: translateY(-.12rem) rotate(-45deg); }
        details.code[open] > summary::before { transform: translateY(-.2rem) rotate(45deg); }
        details.code[open] > summary { border-bottom: 1px solid var(--line); }
        details.code > pre { margin: 0; padding: .7rem .9rem .8rem; }
        .name { font-weight: 600; color: var(--text); }
        .name.no { font-weight: 400; color: var(--soft); }
        .marks { margin-left: auto; font-variant-numeric: tabular-nums; }
        b.bad { color: var(--bad); } b.warn { color: var(--warn); } b.quiet { font-weight: 400; font-style: italic; }

        .out { margin-top: .8rem; padding-left: .9rem; }
        .out > :last-child { margin-bottom: 0; }
        .out pre { margin-bottom: .8rem; }
        .out.old { border-left: 3px dotted var(--warn-line); }
        pre.stream { white-space: pre-wrap; overflow-wrap: anywhere; }
        pre.err { border-left: 3px solid var(--warn-line); padding-left: .8rem; }
        pre.bad { border-left: 3px solid var(--bad-line); background: var(--bad-back); color: var(--bad);
          padding: .7rem .9rem; border-radius: 0 8px 8px 0; }
        pre.cut { margin-bottom: .2rem; }
        details.more { margin: 0 0 1rem; }
        details.more > summary { color: var(--link); padding: .15rem 0; }
        details.more[open] > summary { margin-bottom: .4rem; }
        .lost { color: var(--soft); font-size: .875rem; margin: .3rem 0 1rem; }
        figure { margin: .4rem 0 1.2rem; }
        figure img { display: block; max-width: 100%; height: auto; }
        img.pixels { image-rendering: pixelated; border-radius: 3px; }

        .scroll { overflow-x: auto; margin: 0 0 1.2rem; }
        table { border-collapse: collapse; font-size: .9rem; line-height: 1.4; font-variant-numeric: tabular-nums lining-nums; }
        figcaption { font-weight: 600; font-size: .9375rem; margin: 0 0 .4rem; }
        figure.table { margin: 0 0 1.2rem; }
        figure.table .scroll { margin: 0; }
        .end figure.table { margin-top: 1.8rem; }
        th, td { padding: .36rem 0 .36rem 1.4rem; text-align: left; vertical-align: baseline;
          border-bottom: 1px solid var(--line); }
        th:first-child, td:first-child { padding-left: 0; }
        thead th { font-weight: 600; color: var(--soft); border-bottom: 1px solid var(--soft); vertical-align: bottom; }
        tbody tr:last-child > * { border-bottom-color: var(--soft); }
        .n, th[align="right"], td[align="right"] { text-align: right; white-space: nowrap; }
        th[align="center"], td[align="center"] { text-align: center; }
        table.facts { font-size: .84rem; }
        .out td { white-space: pre-line; }
        .out td.n { white-space: nowrap; }
        table.facts tbody th { font-weight: 400; color: var(--soft); white-space: nowrap; }
        table.facts code { background: none; padding: 0; }
        .hash { background: none; padding: 0; color: var(--soft); }
        .hash.short { display: inline-block; width: 9ch; overflow: hidden; white-space: nowrap; vertical-align: bottom;
          text-overflow: clip; }

        .note, ul.warnings { border-left: 3px solid var(--line); border-radius: 0 8px 8px 0; background: var(--panel);
          padding: .6rem 1rem; font-size: .9375rem; margin: 0 0 1rem; }
        .cell .note, .cell ul.warnings { margin: .8rem 0; font-size: .875rem; }
        .note.warn, ul.warnings { border-color: var(--warn-line); background: var(--warn-back); }
        .note.bad { border-color: var(--bad-line); background: var(--bad-back); }
        ul.warnings { list-style: none; }
        ul.warnings b { color: var(--warn); }
        .asked, .at { color: var(--soft); }
        .end { margin-top: 3.5rem; border-top: 1px solid var(--line); }
        .end h2 { margin-top: 1.75rem; }
        footer { margin-top: 3rem; color: var(--soft); font-size: .84rem; }

        details.top { margin: 0 0 2rem; }
        details.top > summary { font-size: .9375rem; padding: .3rem 0; }
        nav ul { list-style: none; margin: 0; padding: 0; font-size: .875rem; line-height: 1.4; }
        nav li + li { margin-top: 0; }
        nav li.l3 { padding-left: 1rem; }
        nav a { display: block; padding: .28rem 0; text-decoration: none; color: var(--soft); }
        nav a:hover { color: var(--link); text-decoration: underline; }
        nav.side { display: none; }
        @media screen and (min-width: 80rem) {
          body { display: grid; grid-template-columns: 1fr 14rem 54rem 4rem 1fr; }
          nav.side { display: block; grid-column: 2; position: sticky; top: 0; align-self: start; max-height: 100vh;
            overflow-y: auto; padding: 4.2rem 1rem 2rem 0; }
          main { grid-column: 3; grid-row: 1; margin: 0; width: 100%; }
          details.top { display: none; }
        }
        @media (max-width: 40rem) {
          body { font-size: 1rem; }
          main { padding: 1.75rem 1rem 4rem; }
          h2 { font-size: 1.3rem; margin-top: 2.4rem; }
          .out { padding-left: 0; }
          .out.old { padding-left: .6rem; }
          pre { font-size: .75rem; }
          pre.stream { white-space: pre; }
          th, td { padding-left: .9rem; }
        }
        @media print {
          @page { margin: 18mm 16mm; }
          body { font-size: 10pt; line-height: 1.45; }
          main { max-width: none; padding: 0; }
          nav, details.top { display: none; }
          h1 { font-size: 20pt; } h2 { font-size: 14pt; } h3 { font-size: 11.5pt; }
          h1, h2, h3, h4, summary { break-after: avoid; }
          pre { font-size: 8pt; white-space: pre-wrap; overflow-wrap: anywhere; overflow: visible; }
          figure, tr, .note { break-inside: avoid; }
          .note, ul.warnings, .cell .note, .cell ul.warnings { font-size: 9.5pt; }
          figure img { max-height: 120mm; width: auto; }
          thead { display: table-header-group; }
          details::details-content { content-visibility: visible; block-size: auto; display: block; }
          details.code > summary::before, details.more > summary { display: none; }
          figcaption { break-after: avoid; font-size: 9.5pt; }
          .scroll { overflow: visible; }
          table { font-size: 8.5pt; }
          table.facts { font-size: 8pt; }
          th, td { padding-left: 8pt; }
          .prose { max-width: none; }
          .prose a[href^="http"]::after { content: " (" attr(href) ")"; font-size: 8pt; color: var(--soft);
            overflow-wrap: anywhere; }
        }
        @media (prefers-contrast: more) { :root { --soft: var(--text); --line: var(--text); } }
        """
}
