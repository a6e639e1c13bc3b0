import Kernel

extension Topic {
    /// Subjects that are no single function. Their code runs (a test types it), their references are checked.
    static let subjects = [
        gettingStarted, calls, tensors, indexing, gradients, dataSets, training, quantization, integers, attacks,
        warningsOverview, studies, reproducibility, interrupts, errors, examples, help,
    ]

    private static let gettingStarted = Topic(
        "getting-started", .subject, aliases: ["start", "intro", "tutorial"],
        "From a data set to the robustness of a quantized network in ten lines.",
        details: """
            Load data, make a network, train it:

                fashion = data.load("fashion-mnist")
                net = nn.mlp{784, 100, 10}
                net:fit(fashion.train:head(2000), {epochs = 2, optimizer = optim.adam{}, seed = 7})

            Quantize it, and attack both:

                w2 = net:quantize{weights = quant.uniform{bits = 2, zero_level = false}}
                r = attack.fgsm{eps = 0.05}:run(w2, fashion.test:head(200))

            Sweep over strengths, and see where the models cross:

                s = study.sweep{models = {float = net, w2 = w2}, attack = attack.fgsm{}, eps = linspace(0, 0.2, 11),
                  data = fashion.test:head(200)}
                s:plot{}:show()

            Typing a name alone shows what it is; `?name` explains it; Tab completes. `?quantization`, `?attacks` and \
            `?studies` go on from here.
            """)

    private static let calls = Topic(
        "calls", .subject, aliases: ["arguments", "named-arguments", "options"],
        "How arguments find their parameters: by place, by name in one table, or both.",
        details: """
            These calls are the same:

                attack.fgsm(0.1, "linf")
                attack.fgsm{eps = 0.1, norm = "linf"}
                attack.fgsm(0.1, {norm = "linf"})
                attack.fgsm{0.1, norm = "linf"}

            A last table with named fields holds the options. A parameter that is left out, or nil, has its default, which \
            the signature shows. An unknown name is an error that lists the known ones, a value of the wrong type one that \
            says what was expected and what came.

            A list stands wherever several numbers are wanted, and a tensor does too. `p...` in a signature takes any \
            number of arguments or one list: `tensor.zeros(2, 3)` is `tensor.zeros{2, 3}`.
            """)

    private static let tensors = Topic(
        "tensors", .subject, aliases: ["tensor-basics"],
        "Arrays of numbers with a shape and an element type.",
        details: """
            They come from tables, rules or random numbers, and calculate element by element; shapes broadcast as in numpy.

                a = tensor{{1, 2}, {3, 4}}
                b = tensor.randn({2, 2}, {seed = 1})
                a + 2 * b
                a:float():matmul(b):relu():sum()

            Whole numbers make int64, others float32; `tensor{1, 2, dtype = "float32"}` says otherwise, x:to("float64") \
            converts. Functions with a trailing underscore, such as `Tensor:add_`, work in place.

            Operators and functions of elements that follow each other on large float32 tensors, as in `(2 * a + 1):relu()`, \
            are made in one pass over memory, at the next call of anything else. `clock` and `os.clock` wait for that.

            # related
            * ?indexing -- parts of tensors
            * ?gradients -- derivatives of what is computed with them
            * ?Tensor -- all methods
            """)

    private static let indexing = Topic(
        "indexing", .subject, aliases: ["slices", "ranges"],
        "Parts of a tensor: positions count from 1, ranges include both ends, as in Lua.",
        details: """
            * x[i] -- position i of the first axis, without that axis; negative numbers count from the end
            * x[{i, j}] -- one element
            * x[{ {a, b} }] -- positions a to b of the first axis, as a view
            * x[{ {}, {a, b, step} }] -- everything of the first axis, a range with a step of the second
            * x[mask] -- the elements where a bool tensor is true, as a copy
            * x[index] -- the positions that a tensor of integers names, as a copy

                x = tensor.randn({4, 3}, {seed = 1})
                x[{ {1, 2}, {} }]
                x[x:gt(0)]
                x[{2, 3}] = 0

            A view shares its elements with the tensor it is a part of: writing through it writes there. Class labels are \
            no positions: they count from 0, as the data sets number them.
            """)

    private static let gradients = Topic(
        "gradients", .subject, aliases: ["autograd", "autodiff"],
        "Derivatives of anything that is computed with tensors.",
        details: """
            Mark the tensors to differentiate by, compute a number, go back:

                w = tensor.randn({3, 2}, {seed = 2}):requires_grad()
                tensor.ones(4, 3):matmul(w):square():sum():backward()
                w.grad

            `grad` makes the derivative of a function, `check_gradient` compares it with finite differences, \
            `no_grad` records nothing. Gradients add up in `w.grad` until `Tensor:zero_grad`. Rounding has the gradient \
            zero, save in quantizers: their rule is the option `gradient` (`quant.uniform`).
            """)

    private static let dataSets = Topic(
        "datasets", .subject, aliases: ["data-sets"],
        "Labelled examples: published sets, drawn ones, or your own tensors.",
        details: """
            `data.load` knows them by name; `data.list()` lists the names. The result has `.train` and `.test`.

                blobs = data.load("blobs", {classes = 3, seed = 1})
                own = data.from_tensors(tensor.rand(4, 2), {0, 1, 0, 1})
                d = blobs.test:shuffle(7):head(50)

            Taking, splitting and shuffling copy nothing, and the result says where it came from. Files of published sets \
            are looked for in the option `dir`, then in an environment variable (`?configuration`), then where the system's \
            package puts them. `data.read` and `data.save` handle .npy, .npz, .safetensors and IDX files.
            """)

    private static let training = Topic(
        "training", .subject, aliases: ["fit", "learning"],
        "Networks from layers, trained by net:fit.",
        details: """
            Layers are combined by `nn.sequential` and `nn.residual`; `nn.mlp`, `nn.cnn`, `nn.lenet` and `nn.resnet` are \
            ready-made.

                blobs = data.load("blobs", {classes = 3, seed = 1})
                net = nn.sequential{nn.linear{2, 16}, nn.relu{}, nn.linear{16, 3}}
                h = net:fit(blobs.train, {epochs = 3, optimizer = optim.adam{lr = 1e-2}, holdout = 0.1, seed = 7})
                net:accuracy(blobs.test)

            `Module:fit` returns the history of the run. With `holdout` and `patience` it stops early and restores the \
            best weights. `adversary = attack.fgsm{eps = 0.1}` trains on adversarial examples, and a network from \
            `Module:quantize` learns with its quantizers in place.
            """)

    private static let quantization = Topic(
        "quantization", .subject, aliases: ["quantize", "quantizers"],
        "Networks that compute with few bits, and every choice that this takes.",
        details: """
            A quantizer is a constant that prints every choice. It works on tensors, and on the weights and activations of \
            networks:

                q = quant.uniform{bits = 2, zero_level = false}
                q(tensor.randn({8}, {seed = 1}))
                net = nn.mlp{2, 16, 3}
                w2 = net:quantize{weights = q}
                a8 = net:quantize{weights = quant.int8{granularity = "channel"}, activations = quant.uint8{range = "percentile"},
                  calibrate = tensor.randn(64, 2)}

            `Module:quantize` gives a copy; after it `Module:fit` is training with quantization in place. Ranges come from \
            rules (`quant.absmax`, `quant.minmax`, `quant.percentile`, `quant.moving_average`, `quant.fixed`). The \
            number of bits does not say it all: where the levels lie, whether zero is one of them, how ties round and what \
            the gradient is are options with names, because libraries differ in them.
            """)

    private static let integers = Topic(
        "integers", .subject, aliases: ["integer-models", "integer"],
        "Networks that compute with integers alone, as deployed ones do.",
        details: """
            A network with quantized weights and activations becomes an integer model: codes, int32 sums, requantised \
            codes.

                net = nn.mlp{2, 16, 3}
                a8 = net:quantize{weights = quant.int8{}, activations = quant.uint8{}, calibrate = tensor.randn(64, 2)}
                i8 = a8:integer{spec = "onnx"}
                i8:compare(tensor.randn(16, 2))

            Attacks take gradients from its differentiable twin and the verdict from the integers. \
            `IntegerModel:compare` says how far integers and twin are apart, `IntegerModel:trace` shows the codes.
            """)

    private static let attacks = Topic(
        "attacks", .subject, aliases: ["adversarial", "robustness"],
        "Searches for small changes of inputs that change a model's answer.",
        details: """
            An attack is a constant; running it gives a result that says everything about itself:

                net, d = nn.mlp{784, 32, 10}, data.load("glyphs", {n = 10, test = 40, seed = 1}).test
                r = attack.pgd{eps = 0.1, steps = 10, seed = 7}:run(net, d)
                r.robust_accuracy
                r.warnings

            `eps` is in units of the inputs (images lie in [0, 1], so 8/255 is usual) and `norm` says how it is measured. \
            Success is decided by the framework on the model as deployed, after clipping to the range of the data. \
            `attack.noise` is the baseline: what noise breaks as well was not broken by the attack. `attack.fgsm` is one \
            step, `attack.bim`, `attack.pgd` and `attack.mi_fgsm` go on, `Attack:minimal_eps` asks for the smallest budget.

            Gradients may come from another model (`gradient_from`), a model may be a function of a batch \
            (`attack.target`), and an objective a function of logits and labels. Read `?warnings` before believing that a \
            model is robust.
            """)

    private static let warningsOverview = Topic(
        "warnings", .subject, aliases: ["evaluation-warnings", "checks"],
        "What every attack run asks of itself, and what an answer of yes means.",
        details: """
            An attack that fails proves nothing by failing. Every run therefore asks the questions below; what they find \
            stands in the result and in `r.warnings`. `checks = "none"`, `"standard"` or `"all"` chooses how many \
            (`Attack:run`).
            """ + "\n\n"
                + Check.all.map { "* \($0.code) -- \($0.question) Warns at: \($0.threshold)." }.joined(separator: "\n"))

    /// `W01` ... one by one.
    static let warnings = Check.all.map { check in
        Topic(
            check.code, .warning, aliases: [check.code.lowercased()], check.question,
            details: """
                It warns at: \(check.threshold). It costs: \(check.cost).

                `?warnings` lists all of them; `Attack:run` has the option `checks`.
                """)
    }

    private static let studies = Topic(
        "studies", .subject, aliases: ["sweeps", "experiments"],
        "Accuracies of several models over several strengths, with intervals, crossings and predictions.",
        details: """
                net, d = nn.mlp{784, 32, 10}, data.load("glyphs", {n = 10, test = 40, seed = 1}).test
                w2 = net:quantize{weights = quant.uniform{bits = 2}}
                s = study.sweep{models = {float = net, w2 = w2}, attack = attack.fgsm{}, eps = {0, 0.1, 0.2}, data = d}
                s:table{}
                s:crossing("w2", "float")

            `study.sweep` keeps the outcome of every example, so curves are compared on the same examples and intervals \
            come from paired draws. `Sweep:plot` draws in the terminal, as SVG or PNG; `Sweep:csv` and `Sweep:json` write \
            every number. `resume = "file"` goes on where an interrupted sweep stopped. `study.margin_model` predicts a \
            curve from the margins of clean examples.
            """)

    private static let reproducibility = Topic(
        "reproducibility", .subject, aliases: ["seeds", "seed-and-streams", "random-numbers"],
        "The same script with the same seed gives the same bits.",
        details: """
            Random numbers are counter-based: each draw depends on a seed and a place, never on the size of a batch, the \
            number of threads or the order of work.

                seed(7)
                tensor.randn(2)
                tensor.randn({2}, {seed = 1})

            Functions with a parameter `seed` use it; without one they take the next stream of the session, which `seed` \
            starts afresh, as the option --seed of the program and `:set seed` do. math.random is Lua's own generator and \
            is seeded by math.randomseed. Results say which seed, attack, quantizer and data (with SHA-256) made them.
            """)

    private static let interrupts = Topic(
        "interrupts", .subject, aliases: ["ctrl-c", "ctrl-C", "interrupt"],
        "Ctrl-C ends what runs, keeps what was done and returns to the prompt.",
        details: """
            Loops of Lua stop within a tenth of a second, native work within a quarter, also inside coroutines and pcall. \
            What an interrupted run had finished is the value of `_`: an attack gives its result up to there, training \
            leaves the model as it was after the last step. While typing, Ctrl-C clears the line.

            Once more within two seconds stops code that catches errors and goes on; a third time ends the program \
            when its work does not listen. A script that is interrupted ends with exit code 130.
            """)

    private static let errors = Topic(
        "errors", .subject, aliases: ["error-handling"],
        "Every error names the function, the argument, what was expected and what came.",
        details: """
            Errors of Assay's functions are objects with text; pcall returns them:

                ok, e = pcall(tensor.zeros, -1)
                e.kind
                e.message

            Kinds: argument, call, shape, dtype, value, file, state, memory, closed, interrupted. What Lua code raises \
            itself arrives unchanged.
            """)

    private static let examples = Topic(
        "examples", .subject, aliases: ["names-in-examples"],
        "The variables that examples use, and how they are made.",
        details: """
            The examples of the reference run as they stand after these lines, which `?Tensor` and the other types show too:
            """ + "\n\n"
                + exampleLines.map { "    " + $0 }.joined(separator: "\n"))

    private static let help = Topic(
        "topics", .subject, aliases: ["help-on-help"],
        "Ways to ask.",
        details: """
            * ?name, name? -- what a function, method, type, module, variable, command or word of Lua is
            * ??name -- how a function of your own is defined, and where
            * ? -- everything at a glance
            * ?:time -- a command of the prompt
            * ?*pool* -- all names that match a pattern
            * help(x) -- the same from a script, for a value or a name
            * help.search("calibrat") -- what has to do with a word

            Names may be qualified (attack.pgd, Tensor:sum, net.layers) or not (pgd, sum). A name that is misspelt finds \
            its neighbours.
            """)

    /// What examples take for granted: a line per class, and the model that only one of them needs.
    static let exampleLines = Catalogue.all.classes.filter { !$0.example.isEmpty }.flatMap { type in
        type.name == "Sweep" ? ["w2 = net:quantize{weights = quant.uniform{bits = 2}}", type.example] : [type.example]
    }
}
