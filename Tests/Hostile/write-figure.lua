-- attack: save a figure outside
-- expect: permission to write it was not granted
-- code: 5

local x = tensor.randn({20, 2}, {seed = 1})
local net = nn.mlp{784, 4, 10}
local s = study.sweep{models = {net = net}, attack = attack.fgsm{}, eps = {0, 0.1},
                      data = data.load("fashion-mnist").test:head(8), seed = 1}
s:plot{x = "eps", y = "accuracy", by = "model"}:save("@OUTSIDE@/figure.svg")
print("ESCAPED")
