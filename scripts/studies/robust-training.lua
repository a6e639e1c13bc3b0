#!/usr/bin/env -S assay run
-- ---
-- title: Does adversarial training survive quantization?
-- assay:
--   format: 1
--   seed: 20261125
-- ---

-- %% [markdown]
-- Adversarial training ([Madry et al. 2018](https://arxiv.org/abs/1706.06083)) minimises the loss at the worst point that
-- PGD finds around each example. What is left of its robustness when the weights have 4 or 2 bits? A small convolutional
-- network is trained six times: on clean and on attacked images, with weights in float, 4 and 2 bits. The quantized ones are
-- trained through their rounding (straight-through gradients) from the float network of their kind.
--
-- Three questions:
--
-- 1. What does robustness cost in clean accuracy, and does that grow as bits are taken away?
-- 2. How does accuracy fall with the strength of the attack?
-- 3. Are the numbers *believable*: does a stronger evaluation (more steps, restarts, another loss) find less?

-- %% name="parameters" tags=["parameters"]
dataset = "fashion-mnist"  -- or "mnist", "glyphs"
images = 8000              -- training images
tested = 500               -- test images under attack
epochs = 5                 -- of training from scratch; half as many from the float network on
width = 12                 -- channels of the first convolution
train_eps = 0.1            -- L-infinity strength in training, pixels in [0, 1]
train_steps = 5            -- PGD steps for each training batch
fine = {4, 2}              -- bits of the quantized networks

-- %% Data and model name="data"
set = data.load(dataset)
train_set, test_set = set.train:head(images), set.test:head(tested)
model = nn.cnn{channels = 1, width = width, seed = 1}
show(model:summary{1, 28, 28})

-- %% [markdown]
-- ## Training
--
-- The adversary of training is PGD with a random start; batches are attacked as they come.

-- %% Six networks name="training"
adversary = attack.pgd{eps = train_eps, steps = train_steps, early_stop = false}

function trained(net, times, robust)
  net:fit(train_set, {epochs = times, batch = 128, optimizer = optim.adam{lr = 2e-3}, adversary = robust and adversary or nil,
    seed = 7})
  return net
end

models, order = {}, {}
function add(name, net)
  models[name] = net
  order[#order + 1] = name
end
for _, kind in ipairs{"clean", "robust"} do
  local robust = kind == "robust"
  local float = trained(model:copy(), epochs, robust)
  add(kind .. ", float", float)
  for _, bits in ipairs(fine) do
    local quantized = float:quantize{weights = quant.uniform{bits = bits, granularity = "channel"}}
    add(kind .. ", " .. bits .. " bits", trained(quantized, (epochs + 1) // 2, robust))
  end
end
for _, name in ipairs(order) do print(string.format("%-16s  clean accuracy %.1f %%", name, 100 * models[name]:accuracy(test_set))) end

-- %% [markdown]
-- ## Accuracy against strength
--
-- PGD with 20 steps at every strength, on images that no network saw. Bands are 95 % intervals over examples.

-- %% PGD curves name="curves"
sweep = study.sweep{models = models, order = order, attack = attack.pgd{steps = 20}, eps = linspace(0, 0.2, 9),
  data = test_set, seed = 1}
show(sweep:plot{x = "eps", y = "accuracy", by = "model", title = "PGD-20 on " .. dataset})
show(sweep:table{eps = {0, 0.05, 0.1, 0.15, 0.2}})

-- %% [markdown]
-- ## What an attack looks like
--
-- Original, perturbation (amplified around mid-grey), and what the network then sees. The network trained on clean images
-- is attacked at the strength of training, the robust one at twice that: it takes more, and the perturbation gathers where
-- the garment is.

-- %% Against the clean network name="gallery-clean"
show(attack.pgd{eps = train_eps, steps = 20, seed = 1}:run(models["clean, float"], test_set):gallery{count = 4})

-- %% Against the robust network name="gallery-robust"
show(attack.pgd{eps = 0.2, steps = 20, seed = 1}:run(models["robust, float"], test_set):gallery{count = 4})

-- %% [markdown]
-- ## Is the evaluation strong enough?
--
-- A robust accuracy is an upper bound: the next attack may find what this one missed. Five times the steps, restarts and a
-- loss that cannot saturate must not change much; where they do, the first number was optimistic. The column of warnings
-- holds what the evaluation says of itself.

-- %% Stronger attacks name="stronger"
attacks = {
  {"PGD-20", attack.pgd{eps = train_eps, steps = 20, seed = 1}},
  {"PGD-100", attack.pgd{eps = train_eps, steps = 100, seed = 1}},
  {"margin, 3 restarts", attack.pgd{eps = train_eps, steps = 20, restarts = 3, objective = "margin", seed = 1}},
}
rows = {}
for _, name in ipairs(order) do
  local row, codes = {name}, {}
  for _, entry in ipairs(attacks) do
    local result = entry[2]:run(models[name], test_set)
    row[#row + 1] = 100 * result.robust_accuracy
    for _, warning in ipairs(result.warnings) do codes[warning:match("^W%d+")] = true end
  end
  local found = {}
  for code in sortedpairs(codes) do found[#found + 1] = code end
  row[#row + 1] = #found > 0 and table.concat(found, " ") or "-"
  rows[#rows + 1] = row
end
show(study.table{title = "Robust accuracy in percent at eps = " .. train_eps, digits = 1,
  columns = {"network", attacks[1][1], attacks[2][1], attacks[3][1], "warnings"}, rows = rows})

-- %% [markdown]
-- ## What this run says

-- %% name="conclusion"
function percent(name, eps) return 100 * sweep:accuracy(name, eps) end
for _, kind in ipairs{"float", table.unpack(fine)} do
  local label = kind == "float" and "float" or kind .. " bits"
  local clean, robust = "clean, " .. label, "robust, " .. label
  print(string.format("%-7s adversarial training costs %.1f points of clean accuracy and brings %.1f at eps = %g", label,
    percent(clean, 0) - percent(robust, 0), percent(robust, train_eps) - percent(clean, train_eps), train_eps))
end
