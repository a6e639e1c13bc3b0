-- Forward and backward pass of a residual network on a batch of 128 images 3x32x32: gradients of all parameters.
-- arg: folder, depth, repetitions per run.
local folder, depth, inner = arg[1], arg[2], tonumber(arg[3])
local serve = dofile(arg[0]:match("^(.*/)") .. "serve.lua")
local net = nn.load(folder .. "/resnet" .. depth .. ".safetensors")
local x, y = data.read(folder .. "/images.npy"), data.read(folder .. "/labels.npy")
local function step()
  for _, parameter in pairs(net.parameters) do parameter:zero_grad() end
  net(x, {training = true}):cross_entropy(y):backward()
end

local pristine = net:logits(x)
serve{
  warm = step,
  run = function() for _ = 1, inner do step() end end,
  check = function() return pristine end,
}
