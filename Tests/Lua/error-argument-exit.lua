print(pcall(string.rep))
string.rep("x", "y")
