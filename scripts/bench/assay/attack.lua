-- An attack on a trained network. arg: folder, model, "fgsm", "pgd" or "leaving", number of images.
local folder, model, kind, count = arg[1], arg[2], arg[3], tonumber(arg[4])
local serve = dofile(arg[0]:match("^(.*/)") .. "serve.lua")
local fashion = data.load("fashion-mnist")
local net = nn.load(folder .. "/" .. model .. "-trained.safetensors")
local attacked = fashion.test:head(count)
-- "pgd" takes every step for every example, as the peers do; "leaving" lets broken examples leave the batch.
local how = kind == "fgsm" and attack.fgsm{eps = 0.1}
  or attack.pgd{eps = 0.1, alpha = 0.01, steps = 40, early_stop = kind == "leaving", seed = 1}

local result
serve{
  warm = function() how:run(net, fashion.test:head(500)) end,
  run = function() result = how:run(net, attacked) end,
  check = function()
    return net:logits(attacked.images), {accuracy = result.clean_accuracy, robust = result.robust_accuracy}
  end,
}
