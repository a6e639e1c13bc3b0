-- The main study's training: eleven quantization-aware networks 784-100-10, weights of 2 to 12 bits, from one start.
-- arg: folder, number of images.
local folder, count = arg[1], tonumber(arg[2])
local serve = dofile(arg[0]:match("^(.*/)") .. "serve.lua")
local fashion = data.load("fashion-mnist")
local train = fashion.train:head(count)
local start = nn.load(folder .. "/study.safetensors")
local function network(bits) return start:quantize{weights = quant.uniform{bits = bits, narrow = true}} end
local function fit(net, examples, epochs, batch)
  return net:fit(examples, {epochs = epochs, batch = batch, optimizer = optim.adam{}, seed = 1})
end

local trained
serve{
  warm = function() fit(network(4), fashion.train:head(320), 1, 32) end,
  run = function()
    for bits = 2, 12 do
      trained = network(bits)
      fit(trained, train, 1, 32)
    end
  end,
  check = function()
    return network(4):logits(fashion.test:head(1000).images), {accuracy = trained:accuracy(fashion.test)}
  end,
}
