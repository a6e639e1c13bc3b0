-- Training epochs. arg: folder, model, batch, number of images.
local folder, model, batch, count = arg[1], arg[2], tonumber(arg[3]), tonumber(arg[4])
local serve = dofile(arg[0]:match("^(.*/)") .. "serve.lua")
local fashion = data.load("fashion-mnist")
local train = fashion.train:head(count)
local function load() return nn.load(folder .. "/" .. model .. ".safetensors") end
local function fit(net, examples, epochs, size)
  local sgd = optim.sgd{lr = 0.05, momentum = 0.9}
  return net:fit(examples, {epochs = epochs, batch = size or batch, optimizer = sgd, seed = 1})
end

local net = load()
serve{
  warm = function() fit(load(), fashion.train:head(4 * batch), 1) end,
  run = function() fit(net, train, 1) end,
  first = function() return {accuracy = net:accuracy(fashion.test)} end,
  -- Ten steps on one batch: the order of the examples inside it does not matter, so both sides must arrive at the same.
  check = function()
    local fresh = load()
    fit(fresh, fashion.train:head(128), 10, 128)
    return fresh:logits(fashion.test:head(1000).images)
  end,
}
