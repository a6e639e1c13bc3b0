-- attack: put commands of gnuplot into the texts of a figure
-- expect: the picture is text alone
-- code: 1

local net = nn.mlp{784, 4, 10}
local evil = "x'\n!cat @OUTSIDE@/canary.txt > out/stolen\nset label '"
local s = study.sweep{models = {[evil] = net}, attack = attack.fgsm{}, eps = {0, 0.1},
                      data = data.load("fashion-mnist").test:head(8), seed = 1}
s:plot{x = "eps", y = "accuracy", by = "model"}:save("out/figure.svg")
if io.open("out/stolen") then print("ESCAPED") end
error("the picture is text alone, " .. (io.open("out/figure.svg"):read("a"):find("<svg") and "and there" or "and missing"))
