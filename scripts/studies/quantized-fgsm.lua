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
local function dressed(value) return value and string.format("%.4f", value) or "-" end

for _, quantizer in ipairs(quantizers) do
  local sweep = study.sweep{models = quantizer.models, order = quantizer.order, attack = attack.fgsm{}, eps = strengths,
    data = set.test, seed = 1}
  print()
  report("Accuracy under fgsm in percent, quantizer with %s, mean of %d networks, %d test examples", quantizer.name, #seeds,
    #set.test)
  show(sweep:table{eps = {0, 0.02, 0.04, 0.06, 0.1, 0.14, 0.2, 0.3}})
  local stem = "quantized-fgsm-" .. options.data .. "-" .. quantizer.key
  sweep:csv(path(stem .. ".csv"))
  sweep:json(path(stem .. ".json"))

  -- 3. The critical strength, measured and predicted from clean margins (our derivation, not the paper's).
  local sample = set.test:head(2000)
  local reference = study.margin_model(float[1], sample)
  local rows, helped, hurt, never = {}, {}, {}, {}
  local predictions, marks = {float = reference}, {}
  for _, b in ipairs(bits) do
    local name = "B = " .. b
    local crossing = sweep:crossing(name, "float")
    local model = study.margin_model(quantizer.models[name][1], sample)
    local predicted = model:critical(reference)
    if b <= 2 then predictions[name] = model end
    local clean, robust = sweep:accuracy(name, 0), sweep:accuracy(name, 0.1)
    local clean_float, robust_float = sweep:accuracy("float", 0), sweep:accuracy("float", 0.1)
    rows[#rows + 1] = {b, 100 * clean, 100 * (clean - clean_float), 100 * (robust - robust_float), dressed(crossing.eps),
      crossing.low and string.format("[%.4f, %.4f]", crossing.low, crossing.high) or "-",
      string.format("%.0f %%", 100 * crossing.share), dressed(predicted)}
    if crossing.eps and crossing.overtakes then
      if b <= 2 then marks[#marks + 1] = crossing end
      helped[#helped + 1] = string.format("%d bits at %.3f [%.3f, %.3f]", b, crossing.eps, crossing.low or 0 / 0, crossing.high or 0 / 0)
    elseif crossing.eps then
      hurt[#hurt + 1] = string.format("%d bits", b)
    else
      never[#never + 1] = string.format("%d bits", b)
    end
    quantizer.clean = quantizer.clean or {}
    quantizer.clean[b] = 100 * clean
  end
  local figure = sweep:plot{x = "eps", y = "accuracy", by = "model", predictions = predictions, crossings = marks,
    title = "fgsm on " .. options.data .. ": weights of B bits, " .. quantizer.name}
  figure:save(path(stem .. ".svg"))
  figure:save(path(stem .. ".png"))
  print()
  show(study.table{title = "Crossings with float, quantizer with " .. quantizer.name, digits = 2,
    columns = {"B", "clean %", "vs float", "vs float at 0.1", "crossing eps", "95 % interval", "share of draws", "predicted"}, rows = rows,
    note = "crossing: where the quantized network becomes more accurate than float; predicted: from clean margins of seed 1"})
  local said = #helped > 0
      and ("With %s, quantization costs accuracy at small strengths and helps past a crossing for " .. table.concat(helped, ", ") .. ".")
      or "With %s, no width overtakes the float network up to eps = 0.3."
  report(said, quantizer.name)
  if #hurt > 0 then report("The other way round (better below, worse above): %s.", table.concat(hurt, ", ")) end
  if #never > 0 then report("No crossing in the grid: %s.", table.concat(never, ", ")) end
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
