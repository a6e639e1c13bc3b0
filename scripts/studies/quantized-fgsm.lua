-- Does quantizing the weights of a network help or hurt against a single gradient step?
--
-- Gorsline, Smith, Merkel 2021 (arXiv 2105.00227): it depends on the strength of the attack. A 784-100-10 network,
-- its weights rounded to B bits in training, is attacked with fgsm at growing strengths; where a quantized network's
-- accuracy overtakes the float network's is the critical strength. The paper does not state its quantizer, so two named
-- ones are measured: with a zero level and without.
--
--   assay run scripts/studies/quantized-fgsm.lua [--full] [--data fashion-mnist|mnist|glyphs] [--dir DIR] [--out DIR]
--
-- The quick grid is the default; --full is B = 1...10, three seeds and longer training.

local options = {data = "fashion-mnist", out = "out"}
do
  local i = 1
  while arg and arg[i] do
    local name = arg[i]:match("^%-%-(%a+)$")
    if name == "full" then
      options.full = true
    elseif name == "data" or name == "dir" or name == "out" then
      i = i + 1
      options[name] = arg[i] or error("--" .. name .. " needs a value")
    else
      error("unknown argument '" .. arg[i] .. "' (known: --full, --data NAME, --dir DIR, --out DIR)")
    end
    i = i + 1
  end
end

local full = options.full
local bits = full and {1, 2, 3, 4, 5, 6, 7, 8, 9, 10} or {1, 2, 3, 4, 8}
local seeds = full and {1, 2, 3} or {1, 2}
local strengths = full and linspace(0, 0.3, 31) or linspace(0, 0.3, 16)
local training = {batch = 32, optimizer = optim.adam{}, holdout = 0.1, patience = 2, clip_weights = 1}
local float_epochs, fine_epochs = full and 20 or 6, full and 8 or 2

local quantizers = {
  {name = "zero level", key = "zero-level", make = function(b) return quant.midtread{bits = b, range = "absmax"} end},
  {name = "no zero level", key = "no-zero-level", make = function(b) return quant.uniform{bits = b, zero_level = false} end},
}

-- The paper's clean accuracies in percent, Fig. 3(c), B = 1...10, as read from the figure by an independent replication.
local paper = {94.85, 96.41, 97.59, 97.76, 97.67, 97.81, 97.83, 97.61, 97.81, 97.73}

local function train(net, data, epochs, seed)
  local settings = {epochs = epochs, seed = seed}
  for name, value in pairs(training) do settings[name] = value end
  net:fit(data, settings)
  return net
end

local function report(...) print(string.format(...)) end

-- 1. Networks: float, then each width fine-tuned from the float network of its seed.
--    (Started from scratch at low widths, a quantizer with a zero level rounds every initial weight to 0.)
local started = clock()
local set = options.dir and data.load(options.data, {dir = options.dir}) or data.load(options.data)
report("%s: %d training and %d test examples; B = %s; seeds %s; %d strengths up to %.2f", options.data, #set.train, #set.test,
  table.concat(bits, ", "), table.concat(seeds, ", "), #strengths, 0.3)

local float = {}
for i, seed in ipairs(seeds) do
  float[i] = train(nn.mlp{784, 100, 10, init = "glorot_uniform", seed = seed}, set.train, float_epochs, seed)
end
report("float networks trained (%.0f s)", clock() - started)

for _, quantizer in ipairs(quantizers) do
  quantizer.models, quantizer.order = {float = float}, {"float"}
  for _, b in ipairs(bits) do
    local name = "B = " .. b
    local replicas = {}
    for i, seed in ipairs(seeds) do
      replicas[i] = train(float[i]:quantize{weights = quantizer.make(b)}, set.train, fine_epochs, 1000 * seed + b)
    end
    quantizer.models[name] = replicas
    table.insert(quantizer.order, name)
  end
  report("%s: %s at every width trained (%.0f s)", quantizer.name, tostring(quantizer.make(bits[1])), clock() - started)
end

-- 2. Attack: one signed gradient step on the deployed network, all test examples, every strength.
os.execute("mkdir -p '" .. options.out:gsub("'", "'\\''") .. "'")
local function path(name) return options.out .. "/" .. name end
-- The codes of the warnings that one attack on one network raises: W06 zero gradients, W07 saturated cross-entropy ...
local function warnings(net, examples)
  local codes = {}
  for _, warning in ipairs((attack.fgsm{eps = 0.1, seed = 1}:run(net, examples)).warnings) do
    codes[#codes + 1] = warning:match("^W%d+")
  end
  return #codes > 0 and table.concat(codes, " ") or "-"
end
local function dressed(value) return value and string.format("%.4f", value) or "-" end

for _, quantizer in ipairs(quantizers) do
  local sweep = study.sweep{models = quantizer.models, order = quantizer.order, attack = attack.fgsm{}, eps = strengths,
    data = set.test, seed = 1}
  -- The control: a loss that cannot saturate. Where it breaks what fgsm left standing, the gradient was masked.
  local control = study.sweep{models = quantizer.models, order = quantizer.order, attack = attack.fgsm{objective = "margin"},
    eps = strengths, data = set.test, seed = 1}
  print()
  report("Accuracy under fgsm in percent, quantizer with %s, mean of %d networks, %d test examples", quantizer.name, #seeds,
    #set.test)
  show(sweep:table{eps = {0, 0.02, 0.04, 0.06, 0.1, 0.14, 0.2, 0.3}})
  local stem = "quantized-fgsm-" .. options.data .. "-" .. quantizer.key
  for suffix, result in pairs{[""] = sweep, ["-margin"] = control} do
    result:csv(path(stem .. suffix .. ".csv"))
    result:json(path(stem .. suffix .. ".json"))
  end

  -- 3. The critical strength, measured and predicted from clean margins (our derivation, not the paper's).
  local sample = set.test:head(2000)
  local reference = study.margin_model(float[1], sample)
  local rows, helped, unsure, hurt, never, masked = {}, {}, {}, {}, {}, {}
  local predictions, marks = {float = reference}, {}
  quantizer.clean = {}
  for _, b in ipairs(bits) do
    local name = "B = " .. b
    local net = quantizer.models[name][1]
    local crossing, honest = sweep:crossing(name, "float"), control:crossing(name, "float")
    local model = study.margin_model(net, sample)
    local clean, clean_float = sweep:accuracy(name, 0), sweep:accuracy("float", 0)
    local codes = warnings(net, set.test:head(1000))
    local interval = crossing.low and string.format("[%.4f, %.4f]", crossing.low, crossing.high) or "-"
    rows[#rows + 1] = {b, 100 * clean, 100 * (clean - clean_float), dressed(crossing.eps), interval,
      string.format("%.0f %%", 100 * crossing.share), dressed(model:critical(reference)),
      honest.overtakes and dressed(honest.eps) or "-", codes}
    if b <= 2 then
      predictions[name] = model
      if crossing.eps then marks[#marks + 1] = crossing end
    end
    local said = crossing.eps and string.format("%d bits at %.3f %s", b, crossing.eps, interval)
    if not crossing.eps then
      never[#never + 1] = b .. " bits"
    elseif not crossing.overtakes then
      hurt[#hurt + 1] = b .. " bits"
    elseif crossing.share >= 0.95 then
      helped[#helped + 1] = said
    else
      unsure[#unsure + 1] = said
    end
    if codes:find("W07") or codes:find("W06") then masked[#masked + 1] = b .. " bits" end
    quantizer.clean[b] = 100 * clean
  end
  local figure = sweep:plot{x = "eps", y = "accuracy", by = "model", predictions = predictions, crossings = marks,
    title = "fgsm on " .. options.data .. ": weights of B bits, " .. quantizer.name}
  figure:save(path(stem .. ".svg"))
  figure:save(path(stem .. ".png"))
  print()
  show(study.table{title = "Crossings with float, quantizer with " .. quantizer.name, digits = 2,
    columns = {"B", "clean %", "vs float", "crossing eps", "95 % interval", "share of draws", "predicted", "margin loss", "warnings"},
    rows = rows,
    note = "crossing: the quantized network is above float past it; predicted: from clean margins, seed 1; margin loss: the same "
      .. "crossing under a loss that cannot saturate; W06 zero gradients, W07 saturated cross-entropy at eps = 0.1"})
  report(#helped > 0
      and "With %s, quantization costs accuracy at small strengths and helps past a crossing for " .. table.concat(helped, ", ") .. "."
      or "With %s, no width surely overtakes the float network up to eps = 0.3.", quantizer.name)
  if #unsure > 0 then report("Crossings in fewer than 95 %% of the bootstrap draws: %s.", table.concat(unsure, ", ")) end
  if #hurt > 0 then report("The other way round (above float below the crossing, under it past it): %s.", table.concat(hurt, ", ")) end
  if #never > 0 then report("No crossing in the grid: %s.", table.concat(never, ", ")) end
  if #masked > 0 then
    report("Weak evaluation for %s: fgsm's gradients are zero or saturated there, so what it leaves standing is masked, not robust; "
      .. "see the column for the margin loss.", table.concat(masked, ", "))
  end
end

-- 4. Clean accuracy against the paper, for its data set.
if options.data == "mnist" then
  local rows = {}
  for _, b in ipairs(bits) do
    local row = {b, paper[b]}
    local near = false
    for _, quantizer in ipairs(quantizers) do
      local difference = quantizer.clean[b] - paper[b]
      row[#row + 1], row[#row + 2] = quantizer.clean[b], difference
      near = near or math.abs(difference) <= (b >= 4 and 0.5 or 1)
    end
    row[#row + 1] = b == 1 and "reported only" or near and "within" or "outside"
    rows[#rows + 1] = row
  end
  print()
  show(study.table{title = "Clean accuracy in percent against Fig. 3(c)", digits = 2,
    columns = {"B", "paper", "zero level", "difference", "no zero level", "difference ", "band"}, rows = rows,
    note = "band: 0.5 points for B >= 4, 1 point for B = 2 and 3, under at least one of the two quantizers"})
end

print()
report("Figures (SVG, PNG) and all rows (CSV, JSON) are in %s; %.0f s in all.", options.out, clock() - started)
