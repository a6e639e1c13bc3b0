-- A sweep of two linear models on Gaussian classes, and what the margin model predicts of it.
local d = data.load("gaussians", {n = 10, test = 1000, dims = 20, separation = 4, seed = 1}).test
local function linear(noise)
  local u = tensor.ones(20, 1) + noise * tensor.randn({20, 1}, {seed = 1})
  return function(x) return x:matmul(u:matmul(tensor{{-1, 1}}:to("float32"))) end
end
local s = study.sweep{models = {best = linear(0), rough = linear(0.8)}, attack = attack.fgsm{},
                      eps = {0, 0.2, 0.4}, data = d}
print(s)
-- CHECK: accuracy (%) under fgsm on gaussians/test, 1000 examples
-- CHECK:   ε               best              rough
-- CHECK: ─────────────────────────────────────────
-- CHECK:   0  97.7 [96.6, 98.5]  96.3 [94.9, 97.3]
-- CHECK: 0.2         85.2 ± 2.2         82.0 ± 2.4
-- CHECK: 0.4         57.2 ± 3.1         55.4 ± 3.1
-- CHECK: 95 % intervals: Wilson over examples
print(s:crossing("rough", "best"))
-- CHECK: rough and best: no crossing, rough is nowhere above best from eps = 0 to 0.4
local m = study.margin_model(linear(0.8), d, {name = "rough"})
local worst = 0
for _, eps in ipairs(s.eps) do worst = math.max(worst, math.abs(m:predict(eps) - (s:accuracy("rough", eps)))) end
print(worst < 0.01)                                -- CHECK: true
print(s:plot{predictions = {rough = m}})           -- CHECK: Figure "fgsm on gaussians/test": 3 curves {{.*}}
