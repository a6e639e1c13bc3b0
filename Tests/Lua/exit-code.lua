io.write("buffered text")
os.exit(7)
