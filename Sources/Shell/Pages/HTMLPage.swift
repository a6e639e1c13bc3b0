/// A page that needs nothing else: one small style sheet inside, light and dark, readable on a phone, no scripts.
struct HTMLPage {
    let title: String
    let body: String

    var text: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(escapedHTML(title))</title>
        <style>
        \(HTMLPage.style)
        </style>
        </head>
        <body>
        <main>
        \(body)</main>
        </body>
        </html>

        """
    }

    private static let style = """
        :root { color-scheme: light dark; --text: #1c1e21; --back: #fff; --soft: #f3f4f6; --line: #d5d9de;
          --link: #0b57b0; --key: #8a2fa8; --string: #1a6e34; --number: #9a4a00; --note: #667; }
        @media (prefers-color-scheme: dark) {
          :root { --text: #dcdfe3; --back: #15181c; --soft: #1f242a; --line: #363d46; --link: #7db7ff;
            --key: #d79bf0; --string: #86d69c; --number: #f0b072; --note: #9aa3ad; } }
        body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
        main { max-width: 52rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
        a { color: var(--link); text-decoration: none; }
        a:hover, a:focus { text-decoration: underline; }
        h1 { font-size: 1.7rem; margin: 1rem 0; }
        h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line); }
        h1, h2 { overflow-wrap: anywhere; }
        code, pre { font: .9em/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
        code { background: var(--soft); border-radius: 3px; padding: .1em .25em; overflow-wrap: anywhere; }
        pre { background: var(--soft); border-radius: 5px; padding: .7rem .9rem; overflow-x: auto; }
        pre code { background: none; padding: 0; overflow-wrap: normal; }
        pre b { color: var(--key); font-weight: normal; }
        pre i { font-style: normal; }
        i.s { color: var(--string); } i.n { color: var(--number); } i.c { color: var(--note); }
        table { border-collapse: collapse; width: 100%; margin: .75rem 0; }
        th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); }
        th { color: var(--note); font-weight: normal; font-size: .9em; }
        td:first-child code { white-space: nowrap; }
        li p { margin: .5rem 0; }
        ul { padding-left: 1.2rem; }
        @media (max-width: 36rem) {
          thead { display: none; }
          tr { display: block; padding: .35rem 0; border-bottom: 1px solid var(--line); }
          td { display: block; border: 0; padding: .05rem 0; }
        }
        """
}
