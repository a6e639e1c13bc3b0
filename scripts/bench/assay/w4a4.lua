-- The CNN with weights and activations of 4 bits (input of 8): a training epoch, or PGD through it.
-- arg: folder, "train" or "pgd", number of images.
local folder, what, count = arg[1], arg[2], tonumber(arg[3])
local serve = dofile(arg[0]:match("^(.*/)") .. "serve.lua")
local fashion = data.load("fashion-mnist")
local four = quant.uniform{bits = 4, signed = false, scale = "affine"}
local net = nn.load(folder .. "/cnn-trained.safetensors"):quantize{
  weights = quant.uniform{bits = 4, narrow = true}, activations = four, calibrate = fashion.train:head(1024)}
local function fit(examples)
  net:fit(examples, {epochs = 1, batch = 128, optimizer = optim.sgd{lr = 0.01, momentum = 0.9}, seed = 1})
end

local attacked = fashion.test:head(count)
local pgd = attack.pgd{eps = 0.1, alpha = 0.01, steps = 10, early_stop = false, seed = 1}
local robust
serve{
  warm = function() fit(fashion.train:head(what == "train" and 512 or 6000)) end,
  run = function()
    if what == "train" then return fit(fashion.train:head(count)) end
    robust = pgd:run(net, attacked).robust_accuracy
  end,
  first = function() return {accuracy = net:accuracy(fashion.test), robust = robust} end,
}
