-- The speed of this build as JSON lines. `--quick` measures fewer and smaller runs.
local quick = arg and arg[1] == "--quick"
local fashion = data.load("fashion-mnist")

local function report(what, unit, values, extra)
  table.sort(values)
  local median = values[(#values + 1) // 2]
  print(string.format('{"what": "%s", "unit": "%s", "median": %.6g, "min": %.6g, "max": %.6g, "runs": %d%s}', what, unit,
    median, values[1], values[#values], #values, extra or ""))
end

-- Seconds of one call of f, several times.
local function times(runs, f)
  f()
  local values = {}
  for i = 1, runs do
    local start = clock()
    f()
    values[i] = clock() - start
  end
  return values
end

local function each(values, f)
  local mapped = {}
  for i, v in ipairs(values) do mapped[i] = f(v) end
  return mapped
end

local mlp = nn.mlp{784, 256, 128, 10, seed = 1}
local cnn = nn.cnn{seed = 1}
local sgd = optim.sgd{lr = 0.05, momentum = 0.9}

-- Training: seconds per epoch of 60,000 images, batch 128.
for _, case in ipairs{{"mlp 784-256-128-10", mlp, quick and 2 or 5}, {"cnn conv32-pool-conv64-pool-128-10", cnn, quick and 1 or 3}} do
  local name, net, epochs = table.unpack(case)
  local history = net:fit(fashion.train, {epochs = epochs, batch = 128, optimizer = sgd, seed = 1})
  report("train: " .. name .. ", 60000 images, batch 128", "s/epoch", history.seconds,
    string.format(', "test_accuracy": %.4f', net:accuracy(fashion.test)))
end

-- Inference and gradients: images per second, batch 128.
local batch = fashion.test:head(128)
local x, y = batch.images, batch.labels
for _, case in ipairs{{"mlp", mlp}, {"cnn", cnn}} do
  local name, net = table.unpack(case)
  local forward = times(quick and 10 or 50, function() net:logits(x) end)
  report("forward: " .. name .. ", batch 128", "images/s", each(forward, function(t) return 128 / t end))
  local both = times(quick and 10 or 50, function()
    local input = x:clone():requires_grad()
    net(input):cross_entropy(y):backward()
  end)
  report("forward+backward: " .. name .. ", batch 128", "images/s", each(both, function(t) return 128 / t end))
end

-- The attack that papers report most: PGD-40.
local count = quick and 1000 or 10000
local attacked = fashion.test:head(count)
for _, case in ipairs{{"mlp", mlp}, {"cnn", cnn}} do
  local name, net = table.unpack(case)
  local pgd = attack.pgd{eps = 0.1, steps = 40, seed = 1}
  local start = clock()
  local result = pgd:run(net, attacked)
  report(string.format("attack: pgd-40 on %s, %d images", name, count), "s", {clock() - start},
    string.format(', "robust_accuracy": %.4f', result.robust_accuracy))
end

-- Single operations: microseconds per call.
local a, b = tensor.randn({1}, {seed = 1}), tensor.randn({1}, {seed = 2})
local big, other = tensor.randn({1000, 1000}, {seed = 1}), tensor.randn({1000, 1000}, {seed = 2})
local weight, image = tensor.randn({64, 32, 3, 3}, {seed = 3}), tensor.randn({128, 32, 14, 14}, {seed = 4})
local q = quant.int8{}
local ops = {
  {"add, 1 element", 10000, function() return a + b end},
  {"add, 1e6 elements", 20, function() return big + other end},
  {"relu, 1e6 elements", 20, function() return big:relu() end},
  {"exp, 1e6 elements", 20, function() return big:exp() end},
  {"sum, 1e6 elements", 20, function() return big:sum() end},
  {"matmul 1000", 5, function() return big:matmul(other) end},
  {"conv2d 32-64 3x3 on 14x14, batch 128", 5, function() return image:conv2d(weight, {padding = 1}) end},
  {"int8 fake quantization, 1e6 elements", 20, function() return q(big) end},
}
for _, op in ipairs(ops) do
  local name, calls, f = table.unpack(op)
  local values = times(quick and 3 or 9, function() for _ = 1, calls do f() end end)
  report("op: " .. name, "us", each(values, function(t) return t / calls * 1e6 end))
end
