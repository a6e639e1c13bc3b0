#!/usr/bin/env -S assay run
-- ---
-- title: Does quantizing the weights of a network help or hurt against a single gradient step?
-- assay:
--   format: 1
--   seed: 1
-- ---

-- %% [markdown]
-- Gorsline, Smith and Merkel (2021, [arXiv 2105.00227](https://arxiv.org/abs/2105.00227)) answer: *it depends on the
-- strength of the attack*. A 784-100-10 network, its weights rounded to B bits in training, is attacked with fgsm at growing
-- strengths; where a quantized network's accuracy overtakes the float network's is the **critical strength**. The paper
-- does not state its quantizer, so two named ones are measured: with a zero level and without.
--
-- The quick grid is the default; `-p full=true` is B = 1...10, three seeds and longer training. `-p dataset=mnist` takes
-- MNIST, `-p dataset=glyphs` needs no data at all.

-- %% name="parameters" tags=["parameters"]
dataset = "fashion-mnist"  -- or "mnist", "glyphs"
dir = ""                   -- the folder of MNIST's four files
full = false               -- the paper's whole grid
out = ""                   -- a folder that exists, for tables and figures; none when empty

-- %% Settings name="settings"
bits = full and {1, 2, 3, 4, 5, 6, 7, 8, 9, 10} or {1, 2, 3, 4, 8}
seeds = full and {1, 2, 3} or {1, 2}
strengths = full and linspace(0, 0.3, 31) or linspace(0, 0.3, 16)
training = {batch = 32, optimizer = optim.adam{}, holdout = 0.1, patience = 2, clip_weights = 1}
float_epochs, fine_epochs = full and 20 or 6, full and 8 or 2

quantizers = {
  {name = "zero level", key = "zero-level", make = function(b) return quant.midtread{bits = b, range = "absmax"} end},
  {name = "no zero level", key = "no-zero-level", make = function(b) return quant.uniform{bits = b, zero_level = false} end},
}

function report(...) print(string.format(...)) end

function train(net, data, epochs, seed)
  local settings = {epochs = epochs, seed = seed}
  for name, value in pairs(training) do settings[name] = value end
  net:fit(data, settings)
  return net
end

set = dir ~= "" and data.load(dataset, {dir = dir}) or data.load(dataset)
report("%s: %d training and %d test examples; B = %s; seeds %s; %d strengths up to %.2f", dataset, #set.train, #set.test,
  table.concat(bits, ", "), table.concat(seeds, ", "), #strengths, 0.3)

-- %% [markdown]
-- ## Networks
--
-- A float network for each seed, then each width fine-tuned from the float network of its seed. (Started from scratch at
-- low widths, a quantizer with a zero level rounds every initial weight to 0.)

-- %% Training name="training"
float = {}
for i, seed in ipairs(seeds) do
  float[i] = train(nn.mlp{784, 100, 10, init = "glorot_uniform", seed = seed}, set.train, float_epochs, seed)
end
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
  report("%s: %s at every width", quantizer.name, tostring(quantizer.make(bits[1])))
end

-- %% [markdown]
-- ## Attack
--
-- One signed gradient step on the deployed network, all test examples, every strength. The control is a loss that cannot
-- saturate (the margin): where it breaks what fgsm left standing, the gradient was masked and the plateau is no robustness.

-- %% name="analysis"
-- The codes of the warnings that one attack on one network raises: W06 zero gradients, W07 saturated cross-entropy ...
function warnings(net, examples)
  local codes = {}
  for _, warning in ipairs((attack.fgsm{eps = 0.1, seed = 1}:run(net, examples)).warnings) do
    codes[#codes + 1] = warning:match("^W%d+")
  end
  return #codes > 0 and table.concat(codes, " ") or "-"
end
function dressed(value) return value and string.format("%.4f", value) or "-" end

function keep(result, name)
  if out == "" then return end
  result:csv(out .. "/" .. name .. ".csv")
  result:json(out .. "/" .. name .. ".json")
end

-- Attacks all networks of a quantizer and sorts its widths by what the crossing with the float network says.
function measure(quantizer)
  local function sweep(fgsm)
    return study.sweep{models = quantizer.models, order = quantizer.order, attack = fgsm, eps = strengths,
      data = set.test, seed = 1}
  end
  local found, control = sweep(attack.fgsm{}), sweep(attack.fgsm{objective = "margin"})
  local stem = "quantized-fgsm-" .. dataset .. "-" .. quantizer.key
  keep(found, stem)
  keep(control, stem .. "-margin")
  -- The critical strength, measured and predicted from clean margins (our derivation, not the paper's).
  local sample = set.test:head(2000)
  local reference = study.margin_model(float[1], sample)
  local rows, predictions, marks = {}, {float = reference}, {}
  local said = {helped = {}, unsure = {}, hurt = {}, never = {}, masked = {}}
  local function say(list, text) table.insert(said[list], text) end
  quantizer.clean = {}
  for _, b in ipairs(bits) do
    local name = "B = " .. b
    local net = quantizer.models[name][1]
    local crossing, honest = found:crossing(name, "float"), control:crossing(name, "float")
    local model = study.margin_model(net, sample)
    local clean, clean_float = found:accuracy(name, 0), found:accuracy("float", 0)
    local codes = warnings(net, set.test:head(1000))
    local interval = crossing.low and string.format("[%.4f, %.4f]", crossing.low, crossing.high) or "-"
    rows[#rows + 1] = {b, 100 * clean, 100 * (clean - clean_float), dressed(crossing.eps), interval,
      string.format("%.0f %%", 100 * crossing.share), dressed(model:critical(reference)),
      honest.overtakes and dressed(honest.eps) or "-", codes}
    if b <= 2 then
      predictions[name] = model
      if crossing.eps then marks[#marks + 1] = crossing end
    end
    if not crossing.eps then
      say("never", b .. " bits")
    elseif not crossing.overtakes then
      say("hurt", b .. " bits")
    else
      say(crossing.share >= 0.95 and "helped" or "unsure", string.format("%d bits at %.3f %s", b, crossing.eps, interval))
    end
    if codes:find("W07") or codes:find("W06") then say("masked", b .. " bits") end
    quantizer.clean[b] = 100 * clean
  end
  return {sweep = found, stem = stem, said = said,
    figure = found:plot{x = "eps", y = "accuracy", by = "model", predictions = predictions, crossings = marks,
      title = "fgsm on " .. dataset .. ": weights of B bits, " .. quantizer.name},
    crossings = study.table{title = "Crossings with float, quantizer with " .. quantizer.name, digits = 2,
      columns = {"B", "clean %", "vs float", "crossing eps", "95 % interval", "share of draws", "predicted", "margin loss", "warnings"},
      rows = rows,
      note = "crossing: the quantized network is above float past it; predicted: from clean margins, seed 1; margin loss: the same "
        .. "crossing under a loss that cannot saturate; W06 zero gradients, W07 saturated cross-entropy at eps = 0.1"}}
end

function conclude(result, name)
  local said = {}
  for list, texts in pairs(result.said) do said[list] = #texts > 0 and table.concat(texts, ", ") end
  report(said.helped
    and "With %s, quantization costs accuracy at small strengths and helps past a crossing for " .. said.helped .. "."
    or "With %s, no width surely overtakes the float network up to eps = 0.3.", name)
  if said.unsure then report("Crossings in fewer than 95 %% of the bootstrap draws: %s.", said.unsure) end
  if said.hurt then report("The other way round (above float below the crossing, under it past it): %s.", said.hurt) end
  if said.never then report("No crossing in the grid: %s.", said.never) end
  if said.masked then
    report("Weak evaluation for %s: fgsm's gradients are zero or saturated there, so what it leaves standing is masked, not "
      .. "robust; see the column for the margin loss.", said.masked)
  end
end

function present(quantizer)
  local result = measure(quantizer)
  report("Accuracy under fgsm in percent, quantizer with %s, mean of %d networks, %d test examples", quantizer.name, #seeds,
    #set.test)
  show(result.sweep:table{eps = {0, 0.02, 0.04, 0.06, 0.1, 0.14, 0.2, 0.3}})
  show(result.figure)
  show(result.crossings)
  conclude(result, quantizer.name)
  if out ~= "" then
    result.figure:save(out .. "/" .. result.stem .. ".svg")
    result.figure:save(out .. "/" .. result.stem .. ".png")
  end
end

-- %% A quantizer with a zero level name="zero-level"
present(quantizers[1])

-- %% A quantizer without a zero level name="no-zero-level"
present(quantizers[2])

-- %% [markdown]
-- ## Clean accuracy against the paper
--
-- The paper's clean accuracies on MNIST (Fig. 3(c)), as read from the figure by an independent replication, are the
-- reference; another data set has none.

-- %% name="paper"
paper = {94.85, 96.41, 97.59, 97.76, 97.67, 97.81, 97.83, 97.61, 97.81, 97.73}
if dataset == "mnist" then
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
  show(study.table{title = "Clean accuracy in percent against Fig. 3(c)", digits = 2,
    columns = {"B", "paper", "zero level", "difference", "no zero level", "difference ", "band"}, rows = rows,
    note = "band: 0.5 points for B >= 4, 1 point for B = 2 and 3, under at least one of the two quantizers"})
else
  report("%s has no counterpart in the paper.", dataset)
end
