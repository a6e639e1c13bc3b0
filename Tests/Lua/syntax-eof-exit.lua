print("never runs")
for i = 1, 10 do
