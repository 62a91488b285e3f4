/* The floor for reading one .nii.gz on one core: read the file, libdeflate (checks CRC-32 and length), int16 to float.
   cc -O3 -march=native libdeflate_read.c -ldeflate -o libdeflate_read; one line on stdin = one read, prints milliseconds. */
#include <libdeflate.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
    char line[64];
    if (argc != 2) return 2;
    mallopt(M_MMAP_THRESHOLD, 1 << 30); /* keep freed memory: a floor should not pay for fresh pages each time */
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    while (fgets(line, sizeof line, stdin)) {
        double start = now();
        FILE *file = fopen(argv[1], "rb");
        if (!file) return 3;
        fseek(file, 0, SEEK_END);
        size_t size = (size_t)ftell(file), used = 0;
        rewind(file);
        unsigned char *packed = malloc(size);
        if (fread(packed, 1, size, file) != size) return 3;
        fclose(file);
        uint32_t length;
        memcpy(&length, packed + size - 4, 4);
        unsigned char *raw = malloc(length);
        struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
        if (libdeflate_gzip_decompress(inflater, packed, size, raw, length, &used) != LIBDEFLATE_SUCCESS) return 4;
        libdeflate_free_decompressor(inflater);
        float offset;
        int16_t dim[4];
        memcpy(&offset, raw + 108, 4);
        memcpy(dim, raw + 40, 8);
        size_t count = (size_t)dim[1] * dim[2] * dim[3];
        float *voxels = malloc(count * sizeof(float));
        const int16_t *from = (const int16_t *)(raw + (size_t)offset);
        for (size_t i = 0; i < count; i++) voxels[i] = from[i];
        double sum = voxels[count / 2];
        free(packed);
        free(raw);
        free(voxels);
        printf("%.3f %g\n", now() - start, sum);
        fflush(stdout);
    }
    return 0;
}
