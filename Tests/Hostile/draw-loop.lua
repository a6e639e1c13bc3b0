-- attack: have the host draw figures for ever
-- expect: resource limit: 0.5 s of time
-- code: 6
-- options: --time 0.5

local net = nn.mlp{784, 4, 10}
local s = study.sweep{models = {net = net}, attack = attack.fgsm{}, eps = {0, 0.1},
                      data = data.load("fashion-mnist").test:head(8), seed = 1}
local figure = s:plot{x = "eps", y = "accuracy", by = "model"}
while true do pcall(figure.save, figure, "out/figure.svg") end
